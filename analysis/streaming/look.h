// SPDX-License-Identifier: Apache-2.0
// One look at one series of a run that still goes on.
#pragma once

#include <vector>

#include "analysis/series/trend.h"
#include "analysis/streaming/stream_state.h"
#include "storage/model/series.h"

namespace seep::analysis {

// At `t_s` of the run, from what was measured until then: points behind it change nothing, so that
// a look can be repeated later. `begin_s`: since when the series should have points.
Look LookAt(const StreamPlan& plan, double t_s, double begin_s,
            const std::vector<model::Point>& points, const TrendLimits& limits,
            const std::vector<model::Point>& load = {});

}  // namespace seep::analysis

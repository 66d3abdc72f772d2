// SPDX-License-Identifier: Apache-2.0
// How a run answered, as figures to compare.
#pragma once

#include <vector>

#include "storage/model/load_verdict.h"
#include "storage/model/run_data.h"
#include "storage/model/run_summary.h"

namespace seep::analysis {

// latency.p50, p95, p99, recovery, load.throughput and error_rate, as far as they are told, of the
// source that the analysis rests on; of another one where that tells no times.
//
// latency.recovery: the longest stretch of windows, seconds, in which 95 % of the answers took more
// than twice what they take in the middle one of all windows, or more answers were errors than
// twice the run's share and 1 %.
std::vector<model::RunFeature> MeasureLoad(const model::RunData& data,
                                           const model::LoadVerdict& load);

}  // namespace seep::analysis

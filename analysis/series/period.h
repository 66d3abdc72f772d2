// SPDX-License-Identifier: Apache-2.0
// The cycle of a series, if it has one: a collector's sawtooth, a periodic flush.
#pragma once

#include <vector>

#include "analysis/series/blocks.h"
#include "storage/model/series.h"

namespace seep::analysis {

// Seconds; 0: none. The first peak above 0.3 of the autocorrelation of the detrended series after
// it has been negative (analysis.md 2.2.2).
double FindPeriod(const std::vector<model::Point>& points, const Window& window);

}  // namespace seep::analysis

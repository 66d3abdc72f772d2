// SPDX-License-Identifier: Apache-2.0
// A trend as reports show it: per hour, with its name and unit.
#pragma once

#include <string>
#include <vector>

#include "analysis/series/trend.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// Of no target yet.
model::SeriesVerdict ToSeriesVerdict(const Trend& trend, const std::string& metric,
                                     const std::string& unit);

// Widens the interval of a series that is sampled, by what sampling makes of its growth. Each block
// that came and stayed stands for as much as its sample says, and what that is off by stays as
// long: a random walk, which the shapes of a trend take for steps and curves. The variance that was
// gained on the way, in quadrature; none is known before: `standard_errors` are of the same times.
void WidenBySampling(const std::vector<model::Point>& standard_errors, const Trend& trend,
                     model::SeriesVerdict* verdict);

}  // namespace seep::analysis

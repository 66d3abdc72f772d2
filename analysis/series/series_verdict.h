// SPDX-License-Identifier: Apache-2.0
// A trend as reports show it: per hour, with its name and unit.
#pragma once

#include <string>

#include "analysis/series/trend.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// Of no target yet.
model::SeriesVerdict ToSeriesVerdict(const Trend& trend, const std::string& metric,
                                     const std::string& unit);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// What a series counts, from the name of its metric: that decides its unit and what is worth a
// word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/series/trend.h"
#include "storage/model/series.h"

namespace seep::analysis {

struct MetricKind {
  std::string unit;  // empty: not known
  TrendLimits limits;
};

// seep's own metrics, and names that end in "bytes", "fds" or "threads" as Prometheus has them
// (process_resident_memory_bytes, process_open_fds). Of any other quantity nothing is known but its
// `points`: 2 % of the level matter.
MetricKind KindOf(std::string_view metric, const std::vector<model::Point>& points);

// A metric of a run as people call it: "the live heap"; any other name as it is.
std::string MetricInWords(const std::string& metric);

}  // namespace seep::analysis

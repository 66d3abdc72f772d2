// SPDX-License-Identifier: Apache-2.0
// What the page of a report draws over time: every series, with the line that was fitted to it.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/report/report.h"

namespace seep::report {

// Of everything stored, of all processes together and of the load. Each: "target" (id, or null),
// "metric", "title", "unit", "t" and "values" (html_numbers.h), "verdict": {"list", "index"} in the
// JSON report or null, "fit": its begin and end as "t", "v", and the 95 % interval of its slope as
// "low", "high", or null. Counters that are judged by their rate are that rate. Beyond 600,000
// points in all, the lowest and highest of equal times are kept.
nlohmann::ordered_json SeriesData(const ReportInput& input);

}  // namespace seep::report

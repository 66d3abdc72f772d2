// SPDX-License-Identifier: Apache-2.0
// What the page of a report stacks over time: the parts of the resident memory.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/report/report.h"

namespace seep::report {

// Of the process that the verdict speaks of, and then the largest. Each: "target", "t" and "total"
// (html_numbers.h), "parts": [{"name", "title", "values"}], which add up to the total.
nlohmann::ordered_json MemoryData(const ReportInput& input);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// The parts "series", "service" and "lineages" of the JSON report.
#pragma once

#include <vector>

#include "analysis/report/json_values.h"

namespace seep::report {

Json SeriesArray(const ReportInput& input, const std::vector<model::SeriesVerdict>& verdicts);

Json LineagesArray(const ReportInput& input);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// The JSON report as values, for reports that carry it in them.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/report/report.h"

namespace seep::report {

// As docs/report.md describes it. Strings are as they were told: broken UTF-8 is mended by dump
// (error_handler_t::replace).
nlohmann::ordered_json JsonReport(const ReportInput& input);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// The parts "comparison" and "policy" of the JSON report.
#pragma once

#include <optional>

#include "analysis/report/json_values.h"

namespace seep::report {

// Null where no baseline was given.
Json ComparisonObject(const std::optional<model::Comparison>& comparison);

// Null where no policy was given.
Json PolicyObject(const std::optional<model::PolicyVerdict>& policy);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// The parts "stacks" and "heaps" of the JSON report.
#pragma once

#include "analysis/report/json_values.h"

namespace seep::report {

Json StacksArray(const ReportInput& input);

Json HeapsArray(const ReportInput& input);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// The section "Policy" of the text report.
#pragma once

#include <string>

#include "analysis/report/report.h"

namespace seep::report {

// Nothing where no policy was given.
void Policy(const ReportInput& input, std::string& text);

}  // namespace seep::report

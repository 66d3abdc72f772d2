// SPDX-License-Identifier: Apache-2.0
// The section "Compared with" of the text report.
#pragma once

#include <string>

#include "analysis/report/report.h"

namespace seep::report {

// Nothing where no baseline was given.
void ComparedWith(const ReportInput& input, std::string& text);

}  // namespace seep::report

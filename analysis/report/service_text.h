// SPDX-License-Identifier: Apache-2.0
// A service beyond its single processes: over their restarts, and all of them together.
#pragma once

#include <string>

#include "analysis/report/report.h"

namespace seep::report {

// Nothing where no process was restarted.
void Restarts(const ReportInput& input, std::string& text);

// Nothing where no two processes ran at once.
void WholeService(const ReportInput& input, std::string& text);

}  // namespace seep::report

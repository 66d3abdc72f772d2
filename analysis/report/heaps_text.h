// SPDX-License-Identifier: Apache-2.0
// What processes hold, where growth cannot be judged.
#pragma once

#include <string>

#include "analysis/report/report.h"

namespace seep::report {

// Of each heap of the verdict its sums and its largest stacks.
void Heaps(const ReportInput& input, std::string& text);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// Where growth comes from: the place in the program, or which part of the memory it is, or that
// nobody knows and who could.
#pragma once

#include "analysis/report/findings.h"
#include "analysis/report/text_lines.h"

namespace seep::report {

// The lines "Where from". `findings` of the target that the verdict speaks of.
void WhereFrom(const ReportInput& input, const Findings& findings, AnswerList& answers);

}  // namespace seep::report

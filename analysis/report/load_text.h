// SPDX-License-Identifier: Apache-2.0
// What a service was asked, how it answered and what of it drifts, in words that need no
// statistics.
#pragma once

#include <string>

#include "analysis/report/report.h"
#include "analysis/report/text_lines.h"

namespace seep::report {

// The block beneath the summary of a verdict whose class is drift.
AnswerList DriftAnswers(const ReportInput& input);

// A section a source; nothing where no load is known.
void Load(const ReportInput& input, std::string& text);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// The block beneath the summary: the questions that a reader has, each with its answer in a line or
// two, in words that need no statistics. The tables further down are for those who want figures.
#pragma once

#include <string>

#include "analysis/report/report.h"
#include "analysis/report/text_lines.h"

namespace seep::report {

// Growth and ratchet: what grew, how sure, how fast, since when, where from, what will happen.
// Drift (load_text.h): what drifts, how sure, how fast, since when, its memory. Pass: how sure,
// smallest seen, what will happen. Inconclusive: what is missing, what to do.
AnswerList AnswersOf(const ReportInput& input);

// The first of these, of a verdict that has findings (answers_growth.cpp).
AnswerList GrowthAnswers(const ReportInput& input);

// "high: ..."
std::string HowSure(const model::Verdict& verdict);

// The smallest growth of the judged process that would have been found.
std::string SmallestSeen(const ReportInput& input);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
// A verdict taken apart into what a pipeline counts: single questions, each with a name, an outcome
// and its figures. JUnit, SARIF and Markdown are written from these, so that they agree with each
// other and with the exit code.
#pragma once

#include <string>
#include <vector>

#include "analysis/report/report.h"

namespace seep::report {

enum class CheckKind {
  kVerdict,  // of the run as a whole; always there, the first
  kSeries,
  kStack,
  kComparison,  // that there could be one
  kMetricChange,
  kStackChange,
  kLimit,
  kSuppression,
};

enum class CheckOutcome {
  kPassed,
  kFailed,
  kUndecided,   // asked for and not answered: never a pass
  kSkipped,     // not answered, and the verdict passes without it
  kSuppressed,  // failed, and the policy knows of it
};

struct Check {
  CheckKind kind = CheckKind::kVerdict;
  CheckOutcome outcome = CheckOutcome::kPassed;
  std::string rule;                        // one of Rules() (sarif_rules.h)
  std::string name;                        // without pids: the same in the next run; once in a list
  std::string message;                     // one line for people, with figures
  std::vector<model::SourceFrame> frames;  // of a stack, innermost first
  std::string fingerprint;                 // of a stack
  model::TargetId target{};                // of series and stacks of a process; else 0
  // Valid as long as the verdict; null where there is none.
  const model::SeriesVerdict* series = nullptr;
  const model::Suppression* suppression = nullptr;
};

// All text in it is one line of valid UTF-8 without control characters. `frames` are as they came.
std::vector<Check> Checks(const ReportInput& input);

// "pass", "growth", "regression", "inconclusive", "drift", "limit broken", "failed": by exit code.
const char* VerdictWord(const model::Verdict& verdict);

// What was watched, without a pid: "redis-server".
std::string ServiceName(const ReportInput& input);

}  // namespace seep::report

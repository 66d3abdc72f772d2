// SPDX-License-Identifier: Apache-2.0
// The parts of Checks (checks.h), one a file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/report/checks.h"

namespace seep::report {

// Series of processes, of the service and of its load, and stacks that grow.
void AddGrowthChecks(const ReportInput& input, std::vector<Check>& checks);

// What was compared with a baseline.
void AddComparisonChecks(const ReportInput& input, std::vector<Check>& checks);

// Limits and suppressions.
void AddPolicyChecks(const ReportInput& input, std::vector<Check>& checks);

// Null: nothing covers it.
const model::Suppression* SuppressionAt(const model::Verdict& verdict,
                                        const std::optional<size_t>& index);

// Failed, unless a suppression covers it.
inline void SetFailed(const model::Suppression* suppression, Check& check) {
  check.outcome = suppression != nullptr ? CheckOutcome::kSuppressed : CheckOutcome::kFailed;
  check.suppression = suppression;
}

// "stack 0123456789abcdef, Cache::Insert"
std::string StackName(const std::string& fingerprint,
                      const std::vector<model::SourceFrame>& frames);

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/checks_parts.h"
#include "analysis/report/policy_words.h"

namespace seep::report {
namespace {

Check OfLimit(const model::LimitResult& result) {
  Check check;
  check.kind = CheckKind::kLimit;
  check.rule = "limit";
  check.name = "limit " + result.limit.name;
  check.message = "limit " + LimitInWords(result);
  if (result.state == model::LimitState::kBroken) check.outcome = CheckOutcome::kFailed;
  if (result.state == model::LimitState::kUnknown) check.outcome = CheckOutcome::kUndecided;
  return check;
}

Check OfSuppression(const model::SuppressionResult& result) {
  Check check;
  check.kind = CheckKind::kSuppression;
  check.rule = "suppression";
  check.name = "suppression of " + SubjectOf(result.suppression);
  check.message = "suppression " + SuppressionInWords(result);
  if (result.state == model::SuppressionState::kOutgrown) check.outcome = CheckOutcome::kFailed;
  if (result.state == model::SuppressionState::kExpired) check.outcome = CheckOutcome::kUndecided;
  return check;
}

}  // namespace

void AddPolicyChecks(const ReportInput& input, std::vector<Check>& checks) {
  if (!input.verdict.policy) return;
  for (const model::LimitResult& result : input.verdict.policy->limits) {
    checks.push_back(OfLimit(result));
  }
  for (const model::SuppressionResult& result : input.verdict.policy->suppressions) {
    checks.push_back(OfSuppression(result));
  }
}

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/checks_parts.h"
#include "analysis/report/comparison_words.h"
#include "analysis/report/where_from.h"

namespace seep::report {
namespace {

// One run is no proof: what is provisional has not failed.
void SetWorse(bool is_provisional, const model::Suppression* suppression, Check& check) {
  SetFailed(suppression, check);
  if (is_provisional && suppression == nullptr) check.outcome = CheckOutcome::kUndecided;
}

Check OfMetric(const model::Verdict& verdict, const model::MetricChange& metric) {
  Check check;
  check.kind = CheckKind::kMetricChange;
  check.rule = "metric-regression";
  check.name = metric.feature + " compared with " + metric.baseline;
  check.message = metric.explanation;
  const bool is_provisional = metric.change == model::ChangeClass::kProvisional;
  if (is_provisional || metric.change == model::ChangeClass::kRegressed) {
    SetWorse(is_provisional, SuppressionAt(verdict, metric.suppressed_by), check);
  } else if (metric.change == model::ChangeClass::kUnknown) {
    // Of what must be known the comparison as a whole says that it is missing.
    check.outcome = CheckOutcome::kSkipped;
  }
  return check;
}

Check OfStack(const model::Verdict& verdict, const model::StackChange& stack, bool is_provisional) {
  Check check;
  check.kind = CheckKind::kStackChange;
  check.rule = stack.change == model::StackChangeClass::kNew ? "new-stack" : "grown-stack";
  check.frames = stack.frames;
  check.fingerprint = stack.fingerprint;
  check.name = "regressed " + StackName(stack.fingerprint, stack.frames);
  check.message = StackChangeInWords(stack) + "; from " + Place(stack.frames);
  SetWorse(is_provisional, SuppressionAt(verdict, stack.suppressed_by), check);
  return check;
}

}  // namespace

void AddComparisonChecks(const ReportInput& input, std::vector<Check>& checks) {
  if (!input.verdict.comparison) return;
  const model::Comparison& comparison = *input.verdict.comparison;
  Check& whole = checks.emplace_back();
  whole.kind = CheckKind::kComparison;
  whole.rule = "comparison";
  whole.name = "comparison";
  whole.message = comparison.summary;
  if (!comparison.shortage.empty()) {
    whole.outcome = CheckOutcome::kUndecided;
    whole.message = comparison.shortage;
    return;  // what cannot be compared is not worse either
  }
  for (const model::MetricChange& metric : comparison.metrics) {
    checks.push_back(OfMetric(input.verdict, metric));
  }
  const bool is_provisional = !comparison.anchors.empty() &&
                              comparison.anchors.front().change == model::ChangeClass::kProvisional;
  for (const model::StackChange& stack : comparison.stacks) {
    if (stack.is_regression) checks.push_back(OfStack(input.verdict, stack, is_provisional));
  }
}

}  // namespace seep::report

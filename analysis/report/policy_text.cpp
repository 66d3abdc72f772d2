// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/policy_text.h"

#include "analysis/report/plain_text.h"
#include "analysis/report/policy_words.h"
#include "analysis/report/text_lines.h"

namespace seep::report {

void Policy(const ReportInput& input, std::string& text) {
  if (!input.verdict.policy) return;
  const model::PolicyVerdict& policy = *input.verdict.policy;
  text += '\n';
  Line(text, "Policy " + OneLine(policy.file));
  // What decides comes first: broken, not known, held.
  for (const model::LimitState state :
       {model::LimitState::kBroken, model::LimitState::kUnknown, model::LimitState::kHeld}) {
    for (const model::LimitResult& result : policy.limits) {
      if (result.state == state) Paragraph(text, "  limit " + LimitInWords(result), 4);
    }
  }
  for (const model::SuppressionState state :
       {model::SuppressionState::kOutgrown, model::SuppressionState::kExpired,
        model::SuppressionState::kUsed, model::SuppressionState::kUnused}) {
    for (const model::SuppressionResult& result : policy.suppressions) {
      if (result.state == state) Paragraph(text, "  suppression " + SuppressionInWords(result), 4);
    }
  }
  if (policy.limits.empty() && policy.suppressions.empty()) text += "  sets nothing\n";
}

}  // namespace seep::report

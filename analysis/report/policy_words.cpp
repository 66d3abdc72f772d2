// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/policy_words.h"

#include "storage/model/units.h"

namespace seep::report {
std::string LimitInWords(const model::LimitResult& result) {
  return result.limit.name + ": " + model::ToString(result.state) + ": " + result.explanation;
}

std::string SubjectOf(const model::Suppression& suppression) {
  return suppression.fingerprint.empty() ? suppression.metric : suppression.fingerprint;
}

std::string Justification(const model::Suppression& suppression) {
  constexpr size_t kDate = 10;  // columns of RFC 3339
  std::string words = suppression.reason + " (";
  if (!suppression.owner.empty()) words += "owner " + suppression.owner + ", ";
  words += "until " + model::FormatTimestamp(suppression.expires_at_ns).substr(0, kDate);
  return words + ")";
}

std::string SuppressionInWords(const model::SuppressionResult& result) {
  return SubjectOf(result.suppression) + ": " + model::ToString(result.state) + ": " +
         result.explanation + "; " + Justification(result.suppression);
}

}  // namespace seep::report

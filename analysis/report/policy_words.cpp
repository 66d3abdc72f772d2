// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/policy_words.h"

#include <cmath>

#include "analysis/report/text_lines.h"
#include "analysis/series/metric_kind.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

std::string UnitOf(const model::Suppression& suppression) {
  return suppression.metric.empty() ? "bytes" : analysis::KindOf(suppression.metric, {}).unit;
}

}  // namespace

std::string Allowed(const model::LimitResult& result) {
  const model::PolicyLimit& limit = result.limit;
  std::string words;
  const auto add = [&words](const std::string& one) { words += (words.empty() ? "" : ", ") + one; };
  if (limit.most) add("at most " + model::FormatQuantity(*limit.most, result.unit));
  if (limit.least) add("at least " + model::FormatQuantity(*limit.least, result.unit));
  if (limit.most_change) {
    add("at most " + Percent(*limit.most_change) + " worse than the baseline" +
        (result.base ? " (" + model::FormatQuantity(*result.base, result.unit) + ")" : ""));
  }
  return words;
}

std::string LimitInWords(const model::LimitResult& result) {
  const std::string state = std::string(": ") + model::ToString(result.state);
  if (!result.explanation.empty()) return result.limit.name + ": " + result.explanation + state;
  return result.limit.name + ": " +
         (result.value ? model::FormatQuantity(*result.value, result.unit) : "not measured") +
         ", " + Allowed(result) + state;
}

std::string SubjectOf(const model::Suppression& suppression) {
  return suppression.fingerprint.empty() ? suppression.metric : suppression.fingerprint;
}

std::string Justification(const model::Suppression& suppression) {
  constexpr size_t kDate = 10;  // columns of RFC 3339
  std::string words = suppression.reason + " (";
  if (!suppression.owner.empty()) words += "owner " + suppression.owner + ", ";
  words += "until " + model::FormatTimestamp(suppression.expires_at_ns).substr(0, kDate);
  if (suppression.rate_per_hour) {
    words += ", up to " + model::FormatQuantity(*suppression.rate_per_hour, UnitOf(suppression)) +
             " per hour";
  }
  return words + ")";
}

std::string SuppressionInWords(const model::SuppressionResult& result) {
  std::string words = SubjectOf(result.suppression) + ": " + model::ToString(result.state) + ", " +
                      Justification(result.suppression);
  if (!result.explanation.empty()) return words + "; " + result.explanation;
  if (result.rate_per_hour == 0) return words;
  return words + "; measured " +
         model::FormatQuantity(result.rate_per_hour, UnitOf(result.suppression)) + " per hour";
}

}  // namespace seep::report

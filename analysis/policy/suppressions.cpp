// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/suppressions.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "analysis/policy/stack_identity.h"
#include "analysis/series/metric_kind.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::Suppression;
using model::SuppressionState;

// What one suppression names in a verdict.
struct Named {
  std::vector<std::optional<size_t>*> marks;
  double rate_per_hour = 0;
  double low_per_hour = 0;  // what it grows by at least

  void AddRate(double rate, double low) {
    rate_per_hour = std::max(rate_per_hour, rate);
    low_per_hour = std::max(low_per_hour, low);
  }
};

void NameStacks(const Suppression& suppression, const StackFrames& frames, model::Verdict& verdict,
                Named& named) {
  for (std::vector<model::StackVerdict>* stacks : {&verdict.stacks, &verdict.small_stacks}) {
    for (model::StackVerdict& stack : *stacks) {
      const auto found = frames.find(stack.stack);
      if (found == frames.end() || !HasFingerprint(found->second, suppression.fingerprint)) {
        continue;
      }
      named.marks.push_back(&stack.suppressed_by);
      named.rate_per_hour += stack.growth_bytes_per_hour;
      named.low_per_hour += stack.ci_low;
    }
  }
  if (!verdict.comparison) return;
  for (model::StackChange& change : verdict.comparison->stacks) {
    if (!change.is_regression || !HasFingerprint(change.frames, suppression.fingerprint)) continue;
    named.marks.push_back(&change.suppressed_by);
  }
}

// "rss_swap" also names that its growth differs from that of a baseline.
bool IsOfMetric(const std::string& feature, const std::string& metric) {
  return feature == metric || feature == metric + ".slope" ||
         feature == metric + ".slope_per_million_requests";
}

void NameMetric(const Suppression& suppression, model::Verdict& verdict, Named& named) {
  for (std::vector<model::SeriesVerdict>* all : {&verdict.series, &verdict.service}) {
    for (model::SeriesVerdict& series : *all) {
      if (!series.is_finding || series.metric != suppression.metric) continue;
      named.marks.push_back(&series.suppressed_by);
      // Throughput drifts downwards.
      const bool is_falling = series.slope_per_hour < 0;
      named.AddRate(is_falling ? -series.slope_per_hour : series.slope_per_hour,
                    is_falling ? -series.ci_high : series.ci_low);
    }
  }
  for (model::LineageVerdict& lineage : verdict.lineages) {
    for (model::RisingStarts& start : lineage.starts) {
      if (!start.is_finding || start.metric != suppression.metric) continue;
      named.marks.push_back(&start.suppressed_by);
      named.AddRate(start.slope_per_hour, start.slope_per_hour);
    }
  }
  if (!verdict.comparison) return;
  for (model::MetricChange& change : verdict.comparison->metrics) {
    const bool is_worse = change.change == model::ChangeClass::kRegressed ||
                          change.change == model::ChangeClass::kProvisional;
    if (is_worse && IsOfMetric(change.feature, suppression.metric)) {
      named.marks.push_back(&change.suppressed_by);
    }
  }
}

std::string PerHour(double rate, const std::string& unit) {
  return model::FormatQuantity(rate, unit) + " per hour";
}

std::string Explain(const model::SuppressionResult& result, const Named& named) {
  const Suppression& suppression = result.suppression;
  const std::string unit =
      suppression.fingerprint.empty() ? KindOf(suppression.metric, {}).unit : "bytes";
  const std::string recorded =
      suppression.rate_per_hour ? PerHour(*suppression.rate_per_hour, unit) : "";
  switch (result.state) {
    case SuppressionState::kExpired:
      return "expired on " + model::FormatTimestamp(suppression.expires_at_ns).substr(0, 10) +
             ": mend what it covers, or have its owner (" + suppression.owner +
             ") give it a new date";
    case SuppressionState::kUnused:
      return "names nothing that was found in this run";
    case SuppressionState::kOutgrown:
      return "grows by " + PerHour(named.rate_per_hour, unit) + ", at least " +
             PerHour(named.low_per_hour, unit) + ": faster than the " + recorded +
             " that were accepted";
    case SuppressionState::kUsed:
      break;
  }
  if (!(named.rate_per_hour > 0)) return "covers what differs from the baseline";
  return "covers growth of " + PerHour(named.rate_per_hour, unit) +
         (recorded.empty() ? "" : ", accepted up to " + recorded);
}

}  // namespace

std::vector<model::SuppressionResult> CheckSuppressions(
    const std::vector<Suppression>& suppressions, const StackFrames& frames, int64_t now_ns,
    model::Verdict& verdict) {
  std::vector<model::SuppressionResult> results;
  for (const Suppression& suppression : suppressions) {
    Named named;
    if (suppression.fingerprint.empty()) {
      NameMetric(suppression, verdict, named);
    } else {
      NameStacks(suppression, frames, verdict, named);
    }
    model::SuppressionResult& result = results.emplace_back();
    result.suppression = suppression;
    result.rate_per_hour = named.rate_per_hour;
    const bool is_faster =
        suppression.rate_per_hour && named.low_per_hour > *suppression.rate_per_hour;
    result.state = suppression.expires_at_ns <= now_ns ? SuppressionState::kExpired
                   : named.marks.empty()               ? SuppressionState::kUnused
                   : is_faster                         ? SuppressionState::kOutgrown
                                                       : SuppressionState::kUsed;
    result.explanation = Explain(result, named);
    if (result.state != SuppressionState::kUsed) continue;
    for (std::optional<size_t>* mark : named.marks) *mark = results.size() - 1;
  }
  return results;
}

void ListUncovered(model::Verdict& verdict) {
  const auto is_covered = [](const model::StackVerdict& stack) {
    return stack.suppressed_by.has_value();
  };
  const auto more = std::ranges::stable_partition(verdict.small_stacks, is_covered);
  verdict.stacks.insert(verdict.stacks.end(), more.begin(), more.end());
  verdict.small_stacks.erase(more.begin(), more.end());
  std::ranges::stable_partition(verdict.stacks, std::not_fn(is_covered));
}

}  // namespace seep::analysis

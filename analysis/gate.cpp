// SPDX-License-Identifier: Apache-2.0
#include "analysis/gate.h"

#include <algorithm>
#include <string>
#include <vector>

#include "analysis/drift_words.h"
#include "analysis/series/metric_kind.h"
#include "analysis/summary.h"
#include "analysis/words.h"

namespace seep::analysis {
namespace {

using model::ChangeClass;
using model::ExitCode;
using model::GrowthClass;

// "a", "a and b", "a, b and 3 more"
std::string Enumerate(const std::vector<std::string>& items) {
  constexpr size_t kMostNamed = 3;
  std::string text;
  const size_t named = items.size() > kMostNamed ? kMostNamed - 1 : items.size();
  for (size_t i = 0; i < named; ++i) {
    const bool is_last = i + 1 == items.size();
    text += (i == 0 ? "" : is_last ? " and " : ", ") + items[i];
  }
  if (named < items.size()) text += " and " + std::to_string(items.size() - named) + " more";
  return text;
}

std::string Plural(size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

// Findings of growth, those that are suppressed or the others.
struct Growth {
  size_t stacks = 0;
  double stacks_per_hour = 0;
  std::vector<std::string> metrics;  // in words, each once

  bool IsEmpty() const { return stacks == 0 && metrics.empty(); }
};

Growth FindGrowth(const model::Verdict& verdict, bool is_suppressed) {
  Growth growth;
  const auto add = [&growth](const std::string& metric) {
    const std::string words = MetricInWords(metric);
    if (std::ranges::find(growth.metrics, words) == growth.metrics.end()) {
      growth.metrics.push_back(words);
    }
  };
  for (const auto* stacks : {&verdict.stacks, &verdict.small_stacks}) {
    for (const model::StackVerdict& stack : *stacks) {
      if (stack.suppressed_by.has_value() != is_suppressed) continue;
      ++growth.stacks;
      growth.stacks_per_hour += stack.growth_bytes_per_hour;
    }
  }
  for (const auto* all : {&verdict.series, &verdict.service}) {
    for (const model::SeriesVerdict& series : *all) {
      const bool grows = series.is_finding && !series.drift;
      if (grows && series.suppressed_by.has_value() == is_suppressed) add(series.metric);
    }
  }
  for (const model::LineageVerdict& lineage : verdict.lineages) {
    for (const model::RisingStarts& start : lineage.starts) {
      if (start.is_finding && start.suppressed_by.has_value() == is_suppressed) add(start.metric);
    }
  }
  return growth;
}

std::string GrowthInWords(const Growth& growth) {
  std::vector<std::string> parts;
  if (growth.stacks > 0) {
    parts.push_back(Plural(growth.stacks, "stack") +
                    (growth.stacks == 1 ? " that keeps " : " that keep ") +
                    Rate(growth.stacks_per_hour) + " more than " +
                    (growth.stacks == 1 ? "it frees" : "they free"));
  }
  parts.insert(parts.end(), growth.metrics.begin(), growth.metrics.end());
  return Enumerate(parts);
}

std::vector<const model::SeriesVerdict*> Drifting(const model::Verdict& verdict) {
  std::vector<const model::SeriesVerdict*> drifting;
  for (const model::SeriesVerdict& series : verdict.series) {
    if (series.drift && series.is_finding && !series.suppressed_by) drifting.push_back(&series);
  }
  return drifting;
}

// What the comparison says, without what is suppressed. One run alone is no proof.
struct Changes {
  std::vector<std::string> regressed;
  bool is_provisional = false;
  bool has_suppressed = false;
};

Changes FindChanges(const model::Verdict& verdict) {
  Changes changes;
  // What cannot be compared is not worse either.
  if (!verdict.comparison || !verdict.comparison->shortage.empty()) return changes;
  for (const model::MetricChange& change : verdict.comparison->metrics) {
    const bool is_regressed = change.change == ChangeClass::kRegressed;
    if (!is_regressed && change.change != ChangeClass::kProvisional) continue;
    if (change.suppressed_by) {
      changes.has_suppressed = true;
    } else if (is_regressed) {
      changes.regressed.push_back(change.title);
    } else {
      changes.is_provisional = true;
    }
  }
  const std::vector<model::Anchor>& anchors = verdict.comparison->anchors;
  const bool is_single = !anchors.empty() && anchors.front().change == ChangeClass::kProvisional;
  size_t stacks = 0;
  for (const model::StackChange& change : verdict.comparison->stacks) {
    if (!change.is_regression) continue;
    if (change.suppressed_by) {
      changes.has_suppressed = true;
    } else if (is_single) {
      changes.is_provisional = true;
    } else {
      ++stacks;
    }
  }
  if (stacks > 0) changes.regressed.push_back(Plural(stacks, "stack"));
  return changes;
}

// The comparison has its own words, unless these speak of what is suppressed.
std::string RegressionInWords(const model::Verdict& verdict, const Changes& changes) {
  if (!changes.has_suppressed) return verdict.comparison->summary;
  return "Regression: " + Enumerate(changes.regressed) + "; others are suppressed.";
}

std::string LimitsInWords(const model::Verdict& verdict, model::LimitState state) {
  std::vector<std::string> said;
  if (verdict.policy) {
    for (const model::LimitResult& result : verdict.policy->limits) {
      if (result.state == state)
        said.push_back(result.limit.name + " (" + result.explanation + ")");
    }
  }
  return Enumerate(said);
}

// Everything that was asked for and cannot be answered.
std::vector<std::string> Unanswered(const model::Verdict& verdict, bool is_provisional) {
  std::vector<std::string> reasons;
  if (!verdict.shortage.empty()) reasons.push_back(verdict.shortage);
  if (verdict.comparison && !verdict.comparison->shortage.empty()) {
    reasons.push_back(verdict.comparison->shortage);
  } else if (is_provisional) {
    reasons.push_back(
        "it is worse than the baseline, but one run on either side is no proof: run it again");
  }
  if (const std::string unknown = LimitsInWords(verdict, model::LimitState::kUnknown);
      !unknown.empty()) {
    reasons.push_back("limits that nothing can be said of: " + unknown);
  }
  if (!verdict.policy) return reasons;
  for (const model::SuppressionResult& result : verdict.policy->suppressions) {
    if (result.state != model::SuppressionState::kExpired) continue;
    const model::Suppression& suppression = result.suppression;
    reasons.push_back(
        "the suppression of " +
        (suppression.fingerprint.empty() ? suppression.metric : suppression.fingerprint) + " (" +
        verdict.policy->file + ':' + std::to_string(suppression.line) + ") " + result.explanation);
  }
  return reasons;
}

// Suppressions that name what grows and cover it no more.
std::string StaleInWords(const model::Verdict& verdict) {
  std::string text;
  if (!verdict.policy) return text;
  for (const model::SuppressionResult& result : verdict.policy->suppressions) {
    const bool is_stale = result.state == model::SuppressionState::kOutgrown ||
                          result.state == model::SuppressionState::kExpired;
    if (!is_stale || !(result.rate_per_hour > 0)) continue;
    text += " " + verdict.policy->file + ':' + std::to_string(result.suppression.line) + ": " +
            result.explanation + ".";
  }
  return text;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

void Set(ExitCode code, std::string summary, model::Verdict& verdict) {
  verdict.exit_code = code;
  verdict.summary = std::move(summary);
}

}  // namespace

void Decide(model::Verdict& verdict) {
  if (!verdict.comparison && !verdict.policy) return;
  const bool has_growth = verdict.exit_code == ExitCode::kGrowth;
  const Growth known = FindGrowth(verdict, /*is_suppressed=*/true);
  const Growth open = FindGrowth(verdict, /*is_suppressed=*/false);
  const std::string broken = LimitsInWords(verdict, model::LimitState::kBroken);
  const Changes changes = FindChanges(verdict);
  const std::vector<const model::SeriesVerdict*> drifting = Drifting(verdict);
  const std::vector<std::string> unanswered = Unanswered(verdict, changes.is_provisional);
  const std::string beside =
      has_growth && !known.IsEmpty() ? " Suppressed: " + GrowthInWords(known) + "." : "";
  const std::string limits = broken.empty() ? "" : " Limits broken: " + broken + ".";

  // Growth that is found in no list, and so in no suppression, stays a finding.
  if (has_growth && (!open.IsEmpty() || known.IsEmpty())) {
    const std::string growth =
        known.IsEmpty() ? verdict.summary : "Growth: " + GrowthInWords(open) + "." + beside;
    Set(ExitCode::kGrowth, growth + StaleInWords(verdict) + limits, verdict);
    return;
  }
  if (!changes.regressed.empty()) {
    Set(ExitCode::kRegression, RegressionInWords(verdict, changes) + limits + beside, verdict);
    return;
  }
  if (!broken.empty() || !drifting.empty()) {
    if (!drifting.empty()) verdict.growth_class = GrowthClass::kDrift;
    const std::string drift = drifting.empty() ? "" : SummarizeDrift(drifting);
    const std::string all = drift + limits;
    Set(ExitCode::kLimit, (drift.empty() ? all.substr(1) : all) + beside, verdict);
    return;
  }
  if (!unanswered.empty()) {
    if (!verdict.shortage.empty()) verdict.growth_class = GrowthClass::kInsufficientData;
    Set(ExitCode::kInconclusive, SummarizeInconclusive(Join(unanswered)) + beside, verdict);
    return;
  }
  if (verdict.comparison && verdict.exit_code == ExitCode::kPass) {
    verdict.summary += " " + verdict.comparison->summary;
  }
  if (has_growth) {
    Set(ExitCode::kPass, "What grows is known and suppressed: " + GrowthInWords(known) + ".",
        verdict);
    return;
  }
  if (verdict.exit_code == ExitCode::kLimit) {
    Set(ExitCode::kPass, "What drifts is known and suppressed.", verdict);
  }
}

}  // namespace seep::analysis

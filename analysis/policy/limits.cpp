// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/limits.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "analysis/policy/stack_figure.h"
#include "analysis/regression/feature_kinds.h"
#include "analysis/regression/feature_words.h"
#include "analysis/stats/robust.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::LimitState;

constexpr double kDeviate95 = 1.645;  // one-sided

const model::RunFeature* Find(const model::RunSummary& run, const std::string& name) {
  const auto found = std::ranges::find(run.features, name, &model::RunFeature::name);
  return found == run.features.end() || !std::isfinite(found->value) ? nullptr : &*found;
}

bool IsGrowth(const std::string& feature) {
  return feature.find(".slope") != std::string::npos;
}

std::optional<Figure> Measure(const model::PolicyLimit& limit, const model::RunSummary& run,
                              const model::Verdict& verdict) {
  if (limit.feature == model::kStackGrowth || limit.feature == model::kStackLive) {
    return MeasureStacks(limit, run, verdict.detectable_per_hour);
  }
  const model::RunFeature* feature = Find(run, limit.feature);
  if (feature == nullptr) return std::nullopt;
  const double error = IsGrowth(limit.feature) ? kDeviate95 * feature->se : 0;
  return Figure{feature->value, feature->value - error, feature->value + error};
}

std::string WhyNotMeasured(const std::string& feature) {
  if (feature.ends_with("_request") || feature.ends_with("_requests") ||
      feature.starts_with("latency.") || feature.starts_with("load.")) {
    return "no load is known: tell seep where to ask by --load SOURCE";
  }
  if (feature.starts_with("heap_") || feature.starts_with("stack.")) {
    return "no heap data: the probe was not in the process, or the run was too short";
  }
  return "the run is too short, or has no such data";
}

// Shares with their decimals: an error rate of 1.4 % is over 1 %.
std::string Words(double value, const std::string& unit) {
  return unit == "share" ? model::FormatQuantity(100 * value, "%") : FeatureValue(value, unit);
}

// Behind a figure: what it is of.
std::string Per(const std::string& feature) {
  if (feature.ends_with(".slope") || feature == model::kStackGrowth) return " per hour";
  return feature.ends_with(".slope_per_million_requests") ? " per million requests" : "";
}

// What comes of one bound of a limit.
struct Outcome {
  LimitState state = LimitState::kUnknown;
  std::string explanation;
};

int Rank(const Outcome& outcome) {
  return outcome.state == LimitState::kBroken ? 2 : outcome.state == LimitState::kUnknown ? 1 : 0;
}

void CheckAbsolute(const model::PolicyLimit& limit, const Figure& figure, const std::string& unit,
                   std::vector<Outcome>& outcomes) {
  const auto words = [&](double value) { return Words(value, unit) + Per(limit.feature); };
  const auto check = [&](const std::string& allowed, double bound, bool is_broken, bool is_held) {
    const std::string said = words(figure.value) + ", " + allowed + ' ' + words(bound);
    if (is_broken || is_held) {
      outcomes.push_back({is_broken ? LimitState::kBroken : LimitState::kHeld, said});
      return;
    }
    outcomes.push_back({LimitState::kUnknown, said + ": the data allow " + words(figure.low) +
                                                  " to " + words(figure.high) +
                                                  "; a longer run tells more"});
  };
  if (limit.most) {
    check("at most", *limit.most, figure.low > *limit.most, figure.high <= *limit.most);
  }
  if (limit.least) {
    check("at least", *limit.least, figure.high < *limit.least, figure.low >= *limit.least);
  }
}

// The middle of the runs that have the feature.
std::optional<double> Centre(const model::Baseline& baseline, const std::string& feature) {
  std::vector<double> values;
  for (const model::RunSummary& run : baseline.runs) {
    if (const model::RunFeature* found = Find(run, feature)) values.push_back(found->value);
  }
  if (values.empty()) return std::nullopt;
  return Median(std::move(values));
}

// Returns the figure of the baseline that decides.
std::optional<double> CheckRelative(const model::PolicyLimit& limit, double value,
                                    const std::string& unit,
                                    const std::vector<model::Baseline>& baselines,
                                    std::vector<Outcome>& outcomes) {
  const FeatureKind* kind = FindFeature(limit.feature);
  const bool is_less_worse = kind != nullptr && kind->worse == WorseWhen::kLess;
  std::optional<double> worst;  // share by which it is worse
  std::optional<double> decides;
  if (baselines.empty()) {
    outcomes.push_back(
        {LimitState::kUnknown, "there is no baseline to compare with: name one by --baseline"});
  }
  for (const model::Baseline& baseline : baselines) {
    const auto base = Centre(baseline, limit.feature);
    if (!base) {
      outcomes.push_back(
          {LimitState::kUnknown, "baseline '" + baseline.name + "' does not have it"});
      continue;
    }
    // More than nothing is no share of it, and more than any share allows.
    const double more = *base > 0 ? value / *base - 1 : value > *base ? HUGE_VAL : 0;
    const double worse = is_less_worse ? -more : more;
    if (worst && worse <= *worst) continue;
    worst = worse;
    decides = base;
  }
  if (!worst) return std::nullopt;
  const std::string direction = is_less_worse ? " less" : " more";
  const std::string opposite = is_less_worse ? " more" : " less";
  const std::string difference =
      std::isfinite(*worst) ? Words(std::abs(*worst), "share") + (*worst < 0 ? opposite : direction)
                            : "more than any share of it";
  outcomes.push_back({*worst > *limit.most_change ? LimitState::kBroken : LimitState::kHeld,
                      Words(value, unit) + ", " + Words(*decides, unit) +
                          " in the baseline: " + difference + ", at most " +
                          Words(*limit.most_change, "share") + direction + " is allowed"});
  return decides;
}

}  // namespace

model::LimitResult CheckLimit(const model::PolicyLimit& limit, const model::RunSummary& run,
                              const std::vector<model::Baseline>& baselines,
                              const model::Verdict& verdict) {
  model::LimitResult result;
  result.limit = limit;
  const FeatureKind* kind = FindFeature(limit.feature);
  result.unit = kind != nullptr ? std::string(kind->unit) : "bytes";
  const auto figure = Measure(limit, run, verdict);
  if (!figure) {
    result.explanation = "not measured: " + WhyNotMeasured(limit.feature);
    return result;
  }
  result.value = figure->value;
  std::vector<Outcome> outcomes;
  CheckAbsolute(limit, *figure, result.unit, outcomes);
  if (limit.most_change) {
    result.base = CheckRelative(limit, figure->value, result.unit, baselines, outcomes);
  }
  // What is broken is broken, and what is unknown is not held.
  const auto worst = std::ranges::max_element(outcomes, {}, Rank);
  if (worst != outcomes.end()) {
    result.state = worst->state;
    result.explanation = worst->explanation;
  }
  return result;
}

}  // namespace seep::analysis

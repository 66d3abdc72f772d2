// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/compare.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis/regression/compare_stacks.h"
#include "analysis/regression/feature_kinds.h"
#include "analysis/regression/feature_words.h"
#include "analysis/regression/metric_change.h"
#include "analysis/regression/stack_key.h"
#include "analysis/stats/robust.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::ChangeClass;

constexpr double kMostTimesLonger = 3;  // warm-up, peaks and slopes of other lengths are others

std::string Quoted(const std::string& text) {
  return "'" + text + "'";
}

// Empty fields are those of any run.
bool Agree(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}

std::string KeyMismatch(const model::Baseline& base, const model::RunSummary& run) {
  const struct {
    const char* what;
    const std::string& base;
    const std::string& run;
  } kFields[] = {{"service", base.key.service, run.key.service},
                 {"workload", base.key.workload, run.key.workload},
                 {"host class", base.key.host_class, run.key.host_class},
                 {"configuration", base.key.config_hash, run.key.config_hash}};
  for (const auto& field : kFields) {
    if (Agree(field.base, field.run)) continue;
    return "the " + std::string(field.what) + " of the run is " + Quoted(field.run) +
           ", that of baseline " + Quoted(base.name) + " is " + Quoted(field.base);
  }
  return {};
}

std::string LengthMismatch(const model::Baseline& base, const model::RunSummary& run) {
  std::vector<double> lengths;
  for (const model::RunSummary& one : base.runs) lengths.push_back(one.observed_s);
  const double usual_s = Median(std::move(lengths));
  if (run.observed_s * kMostTimesLonger >= usual_s && run.observed_s <= usual_s * kMostTimesLonger)
    return {};
  return "the run was observed for " + model::FormatDuration(run.observed_s) +
         ", those of baseline " + Quoted(base.name) + " for " + model::FormatDuration(usual_s);
}

// Why this run cannot be compared with this baseline; empty: it can.
std::string WhyNot(const model::Baseline& base, const model::RunSummary& run) {
  if (base.runs.empty()) return "baseline " + Quoted(base.name) + " has no runs";
  if (run.growth_class == model::GrowthClass::kInsufficientData) {
    return "the run " + Quoted(run.run_name) + " has too little data to be judged";
  }
  if (auto mismatch = KeyMismatch(base, run); !mismatch.empty()) return mismatch;
  return LengthMismatch(base, run);
}

std::string MissingFigure(const std::vector<model::MetricChange>& metrics) {
  for (const model::MetricChange& metric : metrics) {
    const FeatureKind* kind = FindFeature(metric.feature);
    if (kind != nullptr && kind->is_required && metric.base && !metric.value) {
      return metric.explanation;
    }
  }
  return {};
}

bool IsWorse(ChangeClass a, ChangeClass b) {
  const auto rank = [](ChangeClass change) {
    return change == ChangeClass::kRegressed     ? 3
           : change == ChangeClass::kProvisional ? 2
           : change == ChangeClass::kImproved    ? 1
                                                 : 0;
  };
  return rank(a) > rank(b);
}

model::Anchor Describe(const model::Baseline& base,
                       const std::vector<model::MetricChange>& metrics) {
  std::set<std::string> builds;
  for (const model::RunSummary& run : base.runs) {
    if (!run.build.empty()) builds.insert(run.build);
  }
  model::Anchor anchor{.name = base.name,
                       .is_pinned = base.is_pinned,
                       .runs = base.runs.size(),
                       .builds = {builds.begin(), builds.end()},
                       .change = ChangeClass::kSame};
  for (const model::MetricChange& metric : metrics) {
    if (IsWorse(metric.change, anchor.change)) anchor.change = metric.change;
  }
  return anchor;
}

// A stack of one run against one run is no more proof than a figure is.
ChangeClass OfStacks(const std::vector<model::StackChange>& stacks, size_t base_runs, size_t runs) {
  const bool is_worse = std::ranges::any_of(stacks, &model::StackChange::is_regression);
  if (!is_worse) return ChangeClass::kSame;
  return base_runs > 1 || runs > 1 ? ChangeClass::kRegressed : ChangeClass::kProvisional;
}

// What people call the stack: the innermost function of the application.
std::string SiteOf(const model::StackChange& stack) {
  StackKeys keys;
  const StackKey key = keys.Of(stack.frames);
  if (!key.own.empty()) return keys.NameOf(key.own.front());
  return stack.frames.empty() ? "an unknown function" : stack.frames.front().function;
}

// The worst figure and the worst stack.
std::string WhatIsWorse(const model::Comparison& comparison) {
  std::string text;
  if (!comparison.metrics.empty()) {
    const model::MetricChange& worst = comparison.metrics.front();
    if (worst.change == ChangeClass::kRegressed || worst.change == ChangeClass::kProvisional) {
      text = worst.title + " " + DifferenceInWords(worst) + " (" +
             FeatureValue(*worst.base, worst.unit) + " before, " +
             FeatureValue(*worst.value, worst.unit) + " now)";
    }
  }
  const auto stacks = std::ranges::count_if(comparison.stacks, &model::StackChange::is_regression);
  if (stacks > 0) {
    const auto first = std::ranges::find_if(comparison.stacks, &model::StackChange::is_regression);
    if (!text.empty()) text += "; ";
    text += SiteOf(*first) + " " + first->explanation;
    if (stacks > 1) text += "; and " + std::to_string(stacks - 1) + " more stacks";
  }
  return text;
}

std::string Summarize(const model::Comparison& comparison) {
  const auto* worst = &comparison.anchors.front();
  for (const model::Anchor& anchor : comparison.anchors) {
    if (IsWorse(anchor.change, worst->change)) worst = &anchor;
  }
  const std::string against = Quoted(worst->name) + " (" + std::to_string(worst->runs) +
                              (worst->runs == 1 ? " run)" : " runs)");
  switch (worst->change) {
    case ChangeClass::kRegressed:
      return "Regression against " + against + ": " + WhatIsWorse(comparison) + ".";
    case ChangeClass::kProvisional:
      return "Perhaps a regression against " + against + ": " + WhatIsWorse(comparison) +
             "; one run on either side is no proof.";
    case ChangeClass::kImproved:
      return "No regression against " + against + "; some figures are better.";
    default:
      return "No regression against " + against + ".";
  }
}

}  // namespace

model::Comparison Compare(std::span<const model::Baseline> anchors,
                          std::span<const model::RunSummary> runs) {
  model::Comparison comparison;
  if (anchors.empty() || runs.empty()) {
    comparison.shortage = anchors.empty() ? "no baseline is given" : "no run is given";
    return comparison;
  }
  for (const model::Baseline& base : anchors) {
    for (const model::RunSummary& run : runs) {
      if (comparison.shortage.empty()) comparison.shortage = WhyNot(base, run);
    }
  }
  if (!comparison.shortage.empty()) return comparison;
  for (const model::Baseline& base : anchors) {
    std::vector<model::MetricChange> metrics = CompareMetrics(base, runs);
    if (comparison.shortage.empty()) comparison.shortage = MissingFigure(metrics);
    comparison.anchors.push_back(Describe(base, metrics));
    std::ranges::move(metrics, std::back_inserter(comparison.metrics));
  }
  const model::Baseline& first = anchors.front();
  comparison.stacks = CompareStacks(first.runs, runs.back());
  model::Anchor& anchor = comparison.anchors.front();
  const ChangeClass of_stacks = OfStacks(comparison.stacks, first.runs.size(), runs.size());
  if (IsWorse(of_stacks, anchor.change)) anchor.change = of_stacks;
  comparison.summary = Summarize(comparison);
  return comparison;
}

}  // namespace seep::analysis

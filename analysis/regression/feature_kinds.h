// SPDX-License-Identifier: Apache-2.0
// The figures that runs are compared by: what each is called, and what about it is a regression.
#pragma once

#include <span>
#include <string_view>

namespace seep::analysis {

enum class FeatureScale {
  kRatio,       // always positive: compared by its logarithm
  kDifference,  // may be zero or negative: compared as it is
};
enum class WorseWhen { kMore, kLess };

struct FeatureKind {
  std::string_view name;   // stable: a key in baselines, policies and reports
  std::string_view title;  // for people
  std::string_view unit;
  FeatureScale scale;
  WorseWhen worse;
  // What runs of one build differ by, as long as no history says better: a share of the value
  // (kRatio), or in the unit.
  double prior_scatter;
  // What does not matter. Both must be passed: a share of the baseline, and so much in the unit.
  double floor_share;
  double floor;
  // What a baseline has and a run has not makes the run one that cannot be compared.
  bool is_required = false;
  // Of those that are not, only limits speak: one spike makes them.
  bool is_compared = true;
};

// All of them, in the order of reports.
std::span<const FeatureKind> FeatureKinds();

// Null: there is none of that name.
const FeatureKind* FindFeature(std::string_view name);

}  // namespace seep::analysis

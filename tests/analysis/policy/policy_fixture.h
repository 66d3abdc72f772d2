// SPDX-License-Identifier: Apache-2.0
// A run with one leak of 100 MiB an hour, as the analysis tells it, to hold policies against.
#pragma once

#include "analysis/gate.h"
#include "analysis/policy/apply.h"
#include "analysis/policy/stack_identity.h"

namespace seep::analysis {

inline constexpr double kMiB = 1 << 20;
inline constexpr int64_t kNow_ns = 1'800'000'000'000'000'000;
inline constexpr int64_t kLater_ns = kNow_ns + 1;

struct LeakingRun {
  model::Verdict verdict;
  StackFrames frames;
  model::RunSummary summary;

  // A growing stack of `function`; its error is a tenth of the growth.
  model::StackVerdict& AddStack(int id, const std::string& function, double mib_per_hour);
  // A finding that rises, +- 5 % on each side.
  model::SeriesVerdict& AddSeries(const std::string& metric, double per_hour);
  // By its function.
  std::string Fingerprint(const std::string& function) const;
  void Apply(const model::Policy& policy, const std::vector<model::Baseline>& baselines = {});
};

// `Leak` keeps 100 MiB an hour, and the live heap and resident memory show it.
LeakingRun MakeLeakingRun();
// Nothing grows, exit 0.
LeakingRun MakeHealthyRun();

// Valid until kLater_ns, no rate.
model::Suppression OfStack(const std::string& fingerprint);
model::Suppression OfMetric(const std::string& metric);

}  // namespace seep::analysis

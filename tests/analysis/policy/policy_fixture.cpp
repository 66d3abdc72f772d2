// SPDX-License-Identifier: Apache-2.0
#include "policy_fixture.h"

namespace seep::analysis {

model::StackVerdict& LeakingRun::AddStack(int id, const std::string& function,
                                          double mib_per_hour) {
  model::StackVerdict stack;
  stack.target = model::TargetId{1};
  stack.stack = model::StackId{id};
  stack.growth_class = model::GrowthClass::kGrowth;
  stack.growth_bytes_per_hour = mib_per_hour * kMiB;
  stack.ci_low = 0.9 * mib_per_hour * kMiB;
  frames[stack.stack] = {{function, "leak.cpp", 12, "leak", false},
                         {"main", "main.cpp", 3, "leak", false}};
  summary.stacks.push_back({.stack = stack.stack,
                            .frames = frames[stack.stack],
                            .live_bytes = mib_per_hour * kMiB,
                            .growth_bytes_per_hour = stack.growth_bytes_per_hour,
                            .growth_low = stack.ci_low});
  verdict.stacks.push_back(stack);
  return verdict.stacks.back();
}

model::SeriesVerdict& LeakingRun::AddSeries(const std::string& metric, double per_hour) {
  model::SeriesVerdict series;
  series.target = model::TargetId{1};
  series.metric = metric;
  series.growth_class = model::GrowthClass::kGrowth;
  series.slope_per_hour = per_hour;
  series.ci_low = 0.95 * per_hour;
  series.ci_high = 1.05 * per_hour;
  series.is_finding = true;
  verdict.series.push_back(series);
  return verdict.series.back();
}

std::string LeakingRun::Fingerprint(const std::string& function) const {
  for (const auto& [id, stack] : frames) {
    if (stack.front().function == function) return FingerprintOf({}, stack);
  }
  return {};
}

void LeakingRun::Apply(const model::Policy& policy, const std::vector<model::Baseline>& baselines) {
  verdict.policy = ApplyPolicy(policy, summary, baselines, frames, kNow_ns, verdict);
  Decide(verdict);
}

LeakingRun MakeLeakingRun() {
  LeakingRun run = MakeHealthyRun();
  run.verdict.growth_class = model::GrowthClass::kGrowth;
  run.verdict.exit_code = model::ExitCode::kGrowth;
  run.verdict.summary = "Growth: 1 stack of leak (pid 1) keeps 1.67 MiB/min more than it frees.";
  run.AddStack(1, "Leak", 100);
  run.AddSeries("heap_live", 102 * kMiB);
  run.AddSeries("rss_swap", 105 * kMiB);
  return run;
}

LeakingRun MakeHealthyRun() {
  LeakingRun run;
  run.verdict.growth_class = model::GrowthClass::kStable;
  run.verdict.exit_code = model::ExitCode::kPass;
  run.verdict.summary = "No growth.";
  run.verdict.attributed_target = model::TargetId{1};
  run.summary.features = {{"rss_swap.peak", "bytes", 200 * kMiB, 0},
                          {"rss_swap.level", "bytes", 110 * kMiB, kMiB},
                          {"rss_swap.slope", "bytes", 1 * kMiB, 4 * kMiB},
                          {"load.throughput", "1/s", 90, 1},
                          {"load.error_rate", "share", 0.014, 0.001}};
  return run;
}

model::Suppression OfStack(const std::string& fingerprint) {
  model::Suppression suppression;
  suppression.line = 3;
  suppression.fingerprint = fingerprint;
  suppression.reason = "known";
  suppression.owner = "alice";
  suppression.expires_at_ns = kLater_ns;
  return suppression;
}

model::Suppression OfMetric(const std::string& metric) {
  model::Suppression suppression = OfStack("");
  suppression.metric = metric;
  return suppression;
}

}  // namespace seep::analysis

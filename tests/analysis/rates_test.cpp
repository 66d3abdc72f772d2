// SPDX-License-Identifier: Apache-2.0
// False alarms and recall of stacks, interval coverage, against known truth. Series:
// bench/accuracy.
//   analysis_test "[rates]" -s      prints every count
#include <catch2/catch.hpp>

#include "analysis/series/trend.h"
#include "analysis/stack_growth.h"
#include "analysis/verdict.h"
#include "synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using model::GrowthClass;

namespace {

constexpr int kRuns = 200;
const Sampling kTenMinutes{600, 2, 0.2, 0.01};

// Of kRuns runs, seeds 0, 1, ...
template <typename Trial>
int Count(Trial trial) {
  int hits = 0;
  for (int seed = 0; seed < kRuns; ++seed) {
    Rng rng(static_cast<uint64_t>(seed));
    hits += trial(rng) ? 1 : 0;
  }
  return hits;
}

constexpr double kStackRun_s = 3600;
const analysis::Window kStackWindow{900, kStackRun_s};

std::vector<double> Snapshots() {
  std::vector<double> snapshots_s;
  for (double t = 30; t <= kStackRun_s; t += 30) snapshots_s.push_back(t);
  return snapshots_s;
}

bool FindsStack(Rng& rng, SampledBlocks blocks, int neighbours) {
  model::RunData data;
  const model::TargetId target{1};
  data.stacks.push_back(MakeHistory(blocks, target, model::StackId{1}, Snapshots()));
  for (int i = 0; i < neighbours; ++i) {
    data.stacks.push_back(
        MakeHistory(Churn(rng, kStackRun_s, 30, 600), target, model::StackId(i + 2), Snapshots()));
  }
  const analysis::StackFindings found = analysis::FindGrowingStacks(data, target, kStackWindow, 0);
  for (const analysis::GrowingStack& growing : found.growing) {
    if (growing.verdict.stack == model::StackId{1}) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("the 95 % interval of the slope holds the truth about as often", "[rates]") {
  const double level = 100 * kMiB;
  for (const double phi : {0.0, 0.5, 0.9}) {
    for (const double share : {0.0, 0.2}) {
      const int covered = Count([&](Rng& rng) {
        const auto shape = [&](double x) { return level * (1 + share * x); };
        const Points points = Measure(rng, kTenMinutes, shape, 0.01 * level, phi);
        const analysis::Trend trend =
            analysis::EstimateTrend(points, {0, 600}, analysis::BytesLimits());
        const double truth_per_s = level * share / 600;
        return trend.ci_low_per_s <= truth_per_s && truth_per_s <= trend.ci_high_per_s;
      });
      INFO("phi " << phi << ", rise " << 100 * share << " %: " << covered << " of " << kRuns);
      CHECK(covered >= kRuns * 90 / 100);
      // With slow noise the mixture also holds slower ones: wide rather than wrong.
      if (phi < 0.9) CHECK(covered <= kRuns * 99 / 100);
    }
  }
}

TEST_CASE("healthy stacks are rarely called growth", "[rates]") {
  for (const StackFamily& family : HealthyStacks()) {
    const int alarms =
        Count([&](Rng& rng) { return FindsStack(rng, family.make(rng, kStackRun_s), 0); });
    INFO(family.name << ": " << alarms << " of " << kRuns);
    CHECK(alarms <= kRuns * 3 / 100);
  }
}

TEST_CASE("a leaking stack among healthy ones is found", "[rates]") {
  const std::pair<double, int> cases[] = {{18, 70}, {36, 92}, {60, 96}, {120, 97}};
  for (const auto& [survivors, least_percent] : cases) {
    const double per_s = survivors / (kStackWindow.end_s - kStackWindow.begin_s);
    const int found =
        Count([&](Rng& rng) { return FindsStack(rng, Leak(rng, kStackRun_s, per_s), 5); });
    INFO(survivors << " sampled survivors, no frees: " << found << " of " << kRuns);
    CHECK(found >= kRuns * least_percent / 100);
    const int found_in_churn = Count([&](Rng& rng) {
      SampledBlocks blocks = Leak(rng, kStackRun_s, per_s);
      const SampledBlocks churn = Churn(rng, kStackRun_s, 10, 100);
      blocks.insert(blocks.end(), churn.begin(), churn.end());
      return FindsStack(rng, std::move(blocks), 5);
    });
    INFO(survivors << " survivors beside 10 that churn: " << found_in_churn << " of " << kRuns);
    CHECK(found_in_churn >= (survivors >= 60 ? kRuns * 95 / 100 : kRuns / 4));
  }
}

TEST_CASE("whole runs: few false alarms, and the leaking stack comes first", "[rates]") {
  constexpr int kWholeRuns = 100;
  constexpr double kDuration_s = 600;
  const auto analyze = [&](int seed, double survivors) {
    Rng rng(static_cast<uint64_t>(seed));
    RunSpec spec{kDuration_s, 2.5, 10, 20 * kMiB, {}};
    for (int copy = 0; copy < 2; ++copy) {
      for (const StackFamily& family : HealthyStacks()) {
        spec.stacks.push_back(family.make(rng, kDuration_s));
      }
    }
    if (survivors > 0) {
      spec.stacks.push_back(Leak(rng, kDuration_s, survivors / (0.75 * kDuration_s)));
    }
    return analysis::Analyze(MakeRun(rng, spec));
  };
  int alarms = 0;
  int found = 0;
  int first = 0;
  for (int seed = 0; seed < kWholeRuns; ++seed) {
    alarms += analyze(seed, 0).growth_class == GrowthClass::kGrowth ? 1 : 0;
    const model::Verdict leaking = analyze(seed, 60);
    found += leaking.growth_class == GrowthClass::kGrowth ? 1 : 0;
    first += !leaking.stacks.empty() && leaking.stacks[0].stack == model::StackId{15} ? 1 : 0;
  }
  INFO("false alarms " << alarms << ", found " << found << ", named first " << first << " of "
                       << kWholeRuns);
  CHECK(alarms <= 5);
  CHECK(found >= 96);
  CHECK(first >= 95);
}

// SPDX-License-Identifier: Apache-2.0
// Whole runs of known truth; bench/accuracy judges many more stacks by themselves.
#include <catch2/catch.hpp>

#include "analysis/verdict.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using model::GrowthClass;

TEST_CASE("whole runs: few false alarms, and the leaking stack comes first") {
  constexpr int kWholeRuns = 10;
  constexpr double kDuration_s = 600;
  const auto analyze = [&](int seed, double survivors) {
    Rng rng(static_cast<uint64_t>(seed));
    RunSpec spec{kDuration_s, 2.5, 10, 20 * kMiB, {}};
    for (int copy = 0; copy < 2; ++copy) {
      for (const StackFamily& family : HealthyStacks()) {
        spec.stacks.push_back(family.make(rng, kDuration_s, LogUniform(rng, 5, 100)));
      }
    }
    if (survivors > 0) {
      spec.stacks.push_back(Leak(rng, kDuration_s, survivors / (0.75 * kDuration_s)));
    }
    return analysis::Analyze(MakeRun(rng, spec));
  };
  const auto families = static_cast<int64_t>(HealthyStacks().size());
  int alarms = 0;
  int found = 0;
  int first = 0;
  for (int seed = 0; seed < kWholeRuns; ++seed) {
    alarms += analyze(seed, 0).growth_class == GrowthClass::kGrowth ? 1 : 0;
    const model::Verdict leaking = analyze(seed, 60);
    found += leaking.growth_class == GrowthClass::kGrowth ? 1 : 0;
    first += !leaking.stacks.empty() && leaking.stacks[0].stack == model::StackId(2 * families + 1)
                 ? 1
                 : 0;
  }
  INFO("false alarms " << alarms << ", found " << found << ", named first " << first << " of "
                       << kWholeRuns);
  CHECK(alarms <= 1);
  CHECK(found >= 9);
  CHECK(first >= 9);
}

// SPDX-License-Identifier: Apache-2.0
// False alarms and recall of stacks, interval coverage, against known truth. Series:
// bench/accuracy.
//   analysis_test "[rates]" -s      prints every count
#include <catch2/catch.hpp>

#include "analysis/series/trend.h"
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

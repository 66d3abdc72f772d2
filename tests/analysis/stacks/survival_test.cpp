// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/survival.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/stacks/ages.h"
#include "bench/synthetic/stack_history.h"

using namespace seep;
using namespace seep::analysis;

TEST_CASE("survival falls with age: neighbours that rise are pooled") {
  // 9/10, then 2/10 and 4/10, which cannot be: 6/20.
  const auto steps = EstimateSurvival({{1, 10, 9}, {2, 10, 2}, {3, 10, 4}});
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].share == 0.9);
  CHECK(steps[1].age_s == 2);
  CHECK(steps[1].share == 0.3);
}

TEST_CASE("an older cohort may pull several younger ones into its pool") {
  const auto steps = EstimateSurvival({{1, 4, 2}, {2, 4, 1}, {3, 8, 8}});
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].share == 11.0 / 16);
}

TEST_CASE("cohorts without births say nothing") {
  CHECK(EstimateSurvival({{1, 0, 0}}).empty());
}

TEST_CASE("a quarter that is never freed is told from the rest, with its bound") {
  const Survival survival =
      MeasureSurvival({{10, 8, 8}, {40, 8, 3}, {60, 8, 2}, {90, 8, 2}}, {0, 100});
  CHECK(survival.never_freed == 0.25);
  // Clopper & Pearson: P(X >= 4 | 16, low) = 5 %.
  CHECK(survival.never_freed_low == Approx(0.0903).margin(5e-4));
  CHECK(survival.lifetime_p50_s == 40);
  CHECK(std::isinf(MeasureSurvival({{90, 4, 4}}, {0, 100}).lifetime_p50_s));
}

TEST_CASE("what was set up before the window is not looked at") {
  synthetic::SampledBlocks blocks(100, synthetic::Block{1});  // at the start, for ever
  for (double t = 30.5; t < 128; t += 1) blocks.push_back({t, t + 2});
  const model::StackHistory history =
      synthetic::Observer(128, 1).Observe(blocks, model::TargetId{1}, model::StackId{1});
  const Window window{32, 128};
  const Survival survival = MeasureSurvival(FindCohorts(history, window), window);
  CHECK(survival.never_freed == 0);
  CHECK(survival.never_freed_low == 0);
  double born = 0;
  for (const Cohort& cohort : FindCohorts(history, window)) born += cohort.born;
  CHECK(born == Approx(96).margin(1));  // one born between a snapshot and the border
}

TEST_CASE("quantiles of age interpolate within a bin") {
  const std::vector<model::SurvivorBin> bins{{0, 10, 5, 0, 0}, {10, 20, 5, 0, 0}};
  CHECK(AgeQuantile_s(bins, 20, 0.5) == 10);
  CHECK(AgeQuantile_s(bins, 20, 0.9) == 18);
  CHECK(AgeQuantile_s(bins, 20, 0.1) == 2);
  CHECK(AgeQuantile_s({}, 20, 0.5) == 0);
}

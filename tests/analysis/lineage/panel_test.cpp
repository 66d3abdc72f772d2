// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage/panel.h"

#include <catch2/catch.hpp>

#include "lives.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::BytesLimits;
using analysis::EstimatePanelTrend;
using analysis::EstimateStartTrend;
using analysis::PanelTrend;

namespace {

size_t CountGrowth(const LivesSpec& spec, size_t runs, uint64_t seed) {
  size_t growing = 0;
  for (size_t i = 0; i < runs; ++i) {
    Rng rng(seed + i);
    const PanelTrend panel = EstimatePanelTrend(MakeLives(rng, spec), BytesLimits());
    growing += model::IsGrowth(panel.trend.growth_class) ? 1 : 0;
  }
  return growing;
}

}  // namespace

TEST_CASE("lives that warm up are no growth") {
  for (const double share : {0.05, 0.1, 0.3}) {
    CAPTURE(share);
    LivesSpec spec;
    spec.warm_up = 20 * kMiB;
    spec.warm_up_share = share;
    CHECK(CountGrowth(spec, 15, 100) == 0);
  }
}

TEST_CASE("short lives that warm up are no growth") {
  LivesSpec spec{.lives = 5, .life_s = 25, .spread = 0.1, .tick_s = 0.2, .noise = 0.1 * kMiB};
  spec.warm_up = 10 * kMiB;
  spec.warm_up_share = 0.15;
  CHECK(CountGrowth(spec, 15, 200) == 0);
}

TEST_CASE("levels that differ from life to life are no growth") {
  LivesSpec spec;
  spec.level_sd = 30 * kMiB;
  CHECK(CountGrowth(spec, 15, 300) == 0);
}

TEST_CASE("a leak that a single life hides in noise is found over many, and its rate") {
  LivesSpec spec{.lives = 20, .noise = 2 * kMiB, .phi = 0.3};
  spec.per_s = 3 * kMiB / spec.life_s;
  size_t single = 0;
  for (uint64_t seed = 400; seed < 415; ++seed) {
    Rng rng(seed);
    const auto lives = MakeLives(rng, spec);
    const auto alone =
        analysis::EstimateTrend(lives[0].points, {0, lives[0].length_s}, BytesLimits());
    single += model::IsGrowth(alone.growth_class) ? 1 : 0;
  }
  CHECK(single <= 8);
  CHECK(CountGrowth(spec, 15, 400) >= 13);
  Rng rng(7);
  spec.noise = 0.5 * kMiB;
  const PanelTrend panel = EstimatePanelTrend(MakeLives(rng, spec), BytesLimits());
  CHECK(panel.trend.slope_per_s == Approx(spec.per_s).epsilon(0.25));
  CHECK(panel.lives == 20);
  CHECK(panel.rising >= 18);
}

TEST_CASE("a leak in lives of 25 seconds is found") {
  LivesSpec spec{.lives = 5, .life_s = 25, .spread = 0.1, .tick_s = 0.2, .noise = 0.1 * kMiB};
  spec.per_s = kMiB;
  CHECK(CountGrowth(spec, 10, 500) >= 9);
}

TEST_CASE("one life that grows is not what all do") {
  Rng rng(8);
  const LivesSpec spec;
  auto lives = MakeLives(rng, spec);
  for (model::Point& point : lives[3].points) point.value += 20 * kMiB * point.t_s / spec.life_s;
  const PanelTrend panel = EstimatePanelTrend(lives, BytesLimits());
  CHECK_FALSE(model::IsGrowth(panel.trend.growth_class));
}

TEST_CASE("two lives, or lives of seconds, are too little") {
  Rng rng(9);
  LivesSpec spec{.lives = 2};
  CHECK(EstimatePanelTrend(MakeLives(rng, spec), BytesLimits()).trend.growth_class ==
        model::GrowthClass::kInsufficientData);
  spec = {.lives = 30, .life_s = 12, .tick_s = 0.2};
  CHECK(EstimatePanelTrend(MakeLives(rng, spec), BytesLimits()).trend.growth_class ==
        model::GrowthClass::kInsufficientData);
  CHECK(EstimatePanelTrend({}, BytesLimits()).trend.growth_class ==
        model::GrowthClass::kInsufficientData);
}

TEST_CASE("starts that begin with more are told from growth within lives") {
  LivesSpec spec{.lives = 8};
  spec.start_per_life = 8 * kMiB;
  Rng rng(10);
  const auto outside = MakeLives(rng, spec);
  CHECK_FALSE(model::IsGrowth(EstimatePanelTrend(outside, BytesLimits()).trend.growth_class));
  const analysis::StartTrend start = EstimateStartTrend(outside, BytesLimits());
  CHECK(start.is_growing);
  CHECK(start.rise == Approx(7 * spec.start_per_life).epsilon(0.2));

  spec.start_per_life = 0;
  spec.per_s = 8 * kMiB / spec.life_s;
  const auto within = MakeLives(rng, spec);
  CHECK(model::IsGrowth(EstimatePanelTrend(within, BytesLimits()).trend.growth_class));
  CHECK_FALSE(EstimateStartTrend(within, BytesLimits()).is_growing);
}

TEST_CASE("another version that begins with more, once, is no growth over the starts") {
  Rng rng(11);
  LivesSpec spec{.lives = 8};
  spec.level_sd = kMiB;
  auto lives = MakeLives(rng, spec);
  for (size_t i = 4; i < lives.size(); ++i) {
    for (model::Point& point : lives[i].points) point.value += 40 * kMiB;
  }
  CHECK_FALSE(EstimateStartTrend(lives, BytesLimits()).is_growing);
}

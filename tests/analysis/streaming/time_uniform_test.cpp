// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/time_uniform.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>

using namespace seep::analysis;

TEST_CASE("the bound is near 3.6 where it is tuned, and wider before and behind") {
  CHECK(TimeUniformDeviate(1, 0.01) == Approx(3.57).margin(0.01));
  CHECK(TimeUniformDeviate(0.1, 0.01) > 4);
  CHECK(TimeUniformDeviate(100, 0.01) > 3.7);
  CHECK(std::isinf(TimeUniformDeviate(0, 0.01)));
}

TEST_CASE("a random walk that is looked at all the time exceeds it as rarely as it says") {
  std::mt19937_64 random(1);
  std::normal_distribution<double> normal;
  int crossed = 0;
  constexpr int kWalks = 2000;
  constexpr int kSteps = 2000;
  for (int walk = 0; walk < kWalks; ++walk) {
    double sum = 0;
    for (int n = 1; n <= kSteps; ++n) {
      sum += normal(random);
      if (sum / std::sqrt(n) < TimeUniformDeviate(n / 1000.0, 0.1)) continue;
      ++crossed;
      break;
    }
  }
  CHECK(crossed <= 0.1 * kWalks);
  CHECK(crossed > 0);
}

TEST_CASE("probabilities of the normal distribution") {
  CHECK(NormalProbability(0) == 0.5);
  CHECK(NormalProbability(1.959964) == Approx(0.975).epsilon(1e-6));
  CHECK(NormalProbability(3.6) == Approx(0.99984).epsilon(1e-5));
}

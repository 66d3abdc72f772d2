// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/period.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "bench/synthetic/series_case.h"

using namespace seep;
using analysis::FindPeriod;

namespace {

template <typename Function>
std::vector<model::Point> Points(Function value) {
  std::vector<model::Point> points;
  for (int i = 0; i <= 2880; ++i) points.push_back({60.0 * i, value(60.0 * i)});
  return points;
}

constexpr analysis::Window kTwoDays{0, 48 * 3600};

}  // namespace

TEST_CASE("the period of a sawtooth on a leak is found") {
  const auto points =
      Points([](double t_s) { return 1e8 + 100 * t_s + 5e7 * std::fmod(t_s / 7200, 1.0); });
  CHECK(FindPeriod(points, kTwoDays) == Approx(7200).margin(600));
}

TEST_CASE("noise and straight lines have none") {
  synthetic::Rng rng(3);
  CHECK(FindPeriod(Points([&](double) { return 1e8 + 1e6 * synthetic::Normal(rng); }), kTwoDays) ==
        0);
  CHECK(FindPeriod(Points([](double t_s) { return 1e8 + t_s; }), kTwoDays) == 0);
  CHECK(FindPeriod(Points([](double) { return 0.0; }), kTwoDays) == 0);
  CHECK(FindPeriod({}, kTwoDays) == 0);
}

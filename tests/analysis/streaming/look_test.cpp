// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/look.h"

#include <catch2/catch.hpp>

#include <random>

using namespace seep;
using namespace seep::analysis;

namespace {

constexpr StreamPlan kPlan{.duration_s = 48 * 3600, .is_load_known = true};

// A value a minute for 48 h, 0.3 % of noise, growing by `rise` of the level.
std::vector<model::Point> Series(double rise) {
  std::vector<model::Point> points;
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal(0, 0.003);
  for (int i = 0; i < 2880; ++i)
    points.push_back({60.0 * i, 1e8 * (1 + normal(random) + rise * i / 2880)});
  return points;
}

Look At(double hour, const std::vector<model::Point>& points) {
  return LookAt(kPlan, 3600 * hour, 0, points, BytesLimits());
}

}  // namespace

TEST_CASE("a clear leak is certain after some hours, a flat series never grows") {
  CHECK(At(16, Series(0.5)).grows);
  CHECK(At(16, Series(0.5)).is_certain);
  for (const double hour : {4, 10, 20, 40}) CHECK_FALSE(At(hour, Series(0)).grows);
}

TEST_CASE("points behind the moment change nothing") {
  const std::vector<model::Point> all = Series(0.3);
  const std::vector<model::Point> half(all.begin(), all.begin() + 961);
  const Look now = At(16, half);
  const Look later = At(16, all);
  CHECK(now.grows == later.grows);
  CHECK(now.is_certain == later.is_certain);
}

TEST_CASE("a rise that does not matter is not certain, however clear") {
  const Look look = At(30, Series(0.04));
  CHECK_FALSE(look.is_certain);
}

TEST_CASE("nothing is said of nothing") {
  const Look look = At(16, {});
  CHECK_FALSE(look.grows);
  CHECK_FALSE(look.is_certain);
}

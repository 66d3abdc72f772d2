// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/backoff.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <set>

using namespace seep::resilience;

TEST_CASE("every wait lies within its bounds, whatever the seed") {
  const BackoffSettings settings{.first_s = 0.5, .factor = 2, .longest_s = 30, .jitter = 0.3};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff(settings, seed);
    for (int n = 0; n < 40; ++n) {
      const double whole = std::min(30.0, 0.5 * std::pow(2, n));
      const double wait_s = backoff.Next();
      REQUIRE(wait_s <= whole);
      REQUIRE(wait_s >= 0.7 * whole);
    }
  }
}

TEST_CASE("waits differ between seeds and are the same for one") {
  std::set<double> first;
  for (uint64_t seed = 0; seed < 100; ++seed) first.insert(Backoff({}, seed).Next());
  CHECK(first.size() == 100);
  CHECK(Backoff({}, 7).Next() == Backoff({}, 7).Next());
}

TEST_CASE("a back-off goes on for ever and begins anew after a reset") {
  Backoff backoff({.first_s = 1, .factor = 3, .longest_s = 60, .jitter = 0}, 1);
  for (int n = 0; n < 5000; ++n) REQUIRE(backoff.Next() <= 60);
  CHECK(backoff.Next() == 60);
  backoff.Reset();
  CHECK(backoff.Next() == 1);
  CHECK(backoff.Next() == 3);
}

TEST_CASE("a class of errors may ask for a longer first wait, not beyond the longest") {
  Backoff backoff({.first_s = 1, .factor = 2, .longest_s = 100, .jitter = 0}, 1);
  CHECK(backoff.Next(60) == 60);
  CHECK(backoff.Next(60) == 100);
  CHECK(Backoff({.longest_s = 10, .jitter = 0}, 1).Next(60) == 10);
}

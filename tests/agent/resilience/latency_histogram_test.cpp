// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/latency_histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

using seep::resilience::LatencyHistogram;

TEST_CASE("nothing is known of no calls") {
  CHECK(LatencyHistogram().Quantile(0.95) == 0);
}

TEST_CASE("p95 is at most a bucket above the true one") {
  std::mt19937 random(20261121);
  for (int round = 0; round < 50; ++round) {
    std::lognormal_distribution<double> latency(-5, 1.5);
    LatencyHistogram histogram;
    std::vector<double> all;
    for (int i = 0; i < 300; ++i) {
      all.push_back(latency(random));
      histogram.Add(all.back());
    }
    std::ranges::sort(all);
    const double truth = all[284];  // rank 285 = ceil(0.95 * 300)
    CHECK(histogram.Quantile(0.95) >= truth * 0.999);
    CHECK(histogram.Quantile(0.95) <= truth * 1.1893);
  }
}

TEST_CASE("durations beyond both ends are counted at the ends") {
  LatencyHistogram histogram;
  histogram.Add(0);
  CHECK(histogram.Quantile(1) <= 1e-5);
  histogram.Add(1e9);
  histogram.Add(-1);
  CHECK(histogram.Quantile(1) > 200);
  CHECK(histogram.known() == 3);
}

TEST_CASE("what is long ago is forgotten") {
  LatencyHistogram histogram;
  for (int i = 0; i < 100'000; ++i) histogram.Add(1);
  CHECK(histogram.known() < 1000);
  for (int i = 0; i < 2000; ++i) histogram.Add(0.001);
  CHECK(histogram.Quantile(0.95) < 0.002);
}

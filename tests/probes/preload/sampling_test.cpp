// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/sampling.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "probes/ledger/estimate.h"

using namespace seep::probe;

TEST_CASE("the exponential and the logarithm agree with libm") {
  for (double x = -40.0; x < -1e-9; x *= 0.93) {
    CHECK(NegativeExpm1(x) == Approx(std::expm1(x)).epsilon(1e-13));
  }
  for (double x = 1e-16; x <= 1.0; x *= 1.37) {
    CHECK(NaturalLog(x) == Approx(std::log(x)).epsilon(1e-12).margin(1e-13));
  }
  CHECK(NaturalLog(1.0) == 0.0);
}

TEST_CASE("intervals are exponential with mean T") {
  uint64_t random = 42;
  constexpr double kInterval = 131072;
  constexpr int kDraws = 200000;
  double sum = 0;
  int above_mean = 0;
  for (int i = 0; i < kDraws; ++i) {
    const auto drawn = static_cast<double>(DrawInterval(random, kInterval));
    sum += drawn;
    above_mean += drawn > kInterval ? 1 : 0;
  }
  CHECK(sum / kDraws == Approx(kInterval).epsilon(4 / std::sqrt(kDraws)));
  CHECK(above_mean / double(kDraws) == Approx(std::exp(-1.0)).margin(0.005));
}

TEST_CASE("exact mode samples every block with weight 1, blocks of 0 bytes too") {
  uint64_t random = 1;
  CHECK(DrawInterval(random, 1) == -1);
  CHECK(SampleProbability(0, 1) == 1.0);
  const Estimate estimate = EstimateOf(24, 1);
  CHECK(estimate.bytes == 24);
  CHECK(estimate.objects_q16 == 65536);
}

TEST_CASE("the sum of weighted samples is unbiased at every block size") {
  constexpr double kInterval = 4096;
  for (const uint64_t size : {8ull, 100ull, 4096ull, 20000ull, 1ull << 20}) {
    uint64_t random = 7;
    int64_t until_sample = DrawInterval(random, kInterval);
    double estimated = 0;
    double total = 0;
    // About 40,000 samples: a relative error of 0.5 %.
    const double wanted = 40000 * std::max(kInterval, static_cast<double>(size));
    while (total < wanted) {
      total += static_cast<double>(size);
      until_sample -= static_cast<int64_t>(size);
      if (until_sample >= 0) continue;
      estimated += static_cast<double>(EstimateOf(size, kInterval).bytes);
      until_sample = DrawInterval(random, kInterval);
    }
    INFO("size " << size);
    CHECK(estimated / total == Approx(1.0).epsilon(0.02));
  }
}

TEST_CASE("probe and reader give one block the same weight") {
  for (const uint64_t size : {1ull, 64ull, 1000ull, 131072ull, 10000000ull}) {
    for (const double interval : {1.0, 4096.0, 131072.0}) {
      const Estimate probe = EstimateOf(size, interval);
      const auto reader = seep::ledger::EstimateBlock(size, interval);
      CHECK(static_cast<double>(probe.bytes) == Approx(reader.bytes).margin(0.51).epsilon(1e-9));
      CHECK(static_cast<double>(probe.objects_q16) / 65536 ==
            Approx(reader.objects).margin(1e-5).epsilon(1e-9));
    }
  }
}

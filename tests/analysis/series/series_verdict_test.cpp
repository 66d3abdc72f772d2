// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/series_verdict.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "analysis/series/trend.h"

using namespace seep;

namespace {

constexpr double kInterval_bytes = 128.0 * 1024;
constexpr double kRun_s = 180;
constexpr int kSnapshots = 60;

// A leak that is known by its samples alone: so many a run, each for one sampling interval.
struct SampledLeak {
  std::vector<model::Point> live;
  std::vector<model::Point> standard_errors;
};

SampledLeak MakeLeak(double samples, unsigned seed) {
  std::mt19937_64 random(seed);
  std::poisson_distribution<int> arrivals(samples / kSnapshots);
  SampledLeak leak;
  int held = 0;
  for (int i = 1; i <= kSnapshots; ++i) {
    held += arrivals(random);
    const double t_s = kRun_s / kSnapshots * i;
    leak.live.push_back({t_s, kInterval_bytes * held});
    leak.standard_errors.push_back({t_s, kInterval_bytes * std::sqrt(held)});
  }
  return leak;
}

}  // namespace

TEST_CASE("the interval of a sampled leak's slope allows for its sampling") {
  constexpr int kRuns = 30;
  constexpr double kSamples = 220;
  const double truth = 3600 * kInterval_bytes * kSamples / kRun_s;
  int of_the_fit = 0;
  int with_sampling = 0;
  for (unsigned seed = 1; seed <= kRuns; ++seed) {
    const SampledLeak leak = MakeLeak(kSamples, seed);
    const analysis::Trend trend =
        analysis::EstimateTrend(leak.live, {0, kRun_s}, analysis::BytesLimits());
    model::SeriesVerdict verdict = analysis::ToSeriesVerdict(trend, "heap_live", "bytes");
    of_the_fit += verdict.ci_low <= truth && truth <= verdict.ci_high;
    analysis::WidenBySampling(leak.standard_errors, trend, &verdict);
    with_sampling += verdict.ci_low <= truth && truth <= verdict.ci_high;
  }
  CAPTURE(of_the_fit);
  CHECK(with_sampling >= 25);
  CHECK(with_sampling > of_the_fit);
}

TEST_CASE("a series without sampling error keeps its interval") {
  analysis::Trend trend;
  trend.usable_s = 100;
  model::SeriesVerdict verdict;
  verdict.slope_per_hour = 10;
  verdict.ci_low = 8;
  verdict.ci_high = 13;
  analysis::WidenBySampling({}, trend, &verdict);
  analysis::WidenBySampling({{0, 0}, {50, 0}, {100, 0}}, trend, &verdict);
  CHECK(verdict.ci_low == 8);
  CHECK(verdict.ci_high == 13);
}

TEST_CASE("what sampling adds is the variance gained over the usable part") {
  analysis::Trend trend;
  trend.usable_s = 3600;
  model::SeriesVerdict verdict;
  verdict.slope_per_hour = verdict.ci_low = verdict.ci_high = 1000;
  // 3 before the usable part does not count: 5^2 - 4^2 = 3^2.
  analysis::WidenBySampling({{0, 3}, {400, 4}, {4000, 5}}, trend, &verdict);
  CHECK(verdict.ci_high - 1000 == Approx(1.96 * 3));
  CHECK(1000 - verdict.ci_low == Approx(1.96 * 3));
}

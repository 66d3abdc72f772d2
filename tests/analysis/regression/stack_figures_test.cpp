// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_figures.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "bench/synthetic/random.h"

using namespace seep::analysis;
using seep::synthetic::Normal;
using seep::synthetic::Poisson;
using seep::synthetic::Rng;

namespace {

constexpr double kInterval_bytes = 128 * 1024;
constexpr double kObject_bytes = 200;
constexpr Exposure kRun{1000, 1};

StackFigures Allocated(double samples) {
  StackFigures figures;
  figures.alloc_samples = samples;
  figures.alloc_bytes = samples * kInterval_bytes;
  figures.alloc_objects = figures.alloc_bytes / kObject_bytes;
  return figures;
}

StackFigures Live(double bytes, double alloc_bytes) {
  StackFigures figures;
  figures.live_bytes = bytes;
  figures.live_objects = bytes / kObject_bytes;
  figures.live_variance = kInterval_bytes * bytes;
  figures.alloc_bytes = alloc_bytes;
  figures.alloc_objects = alloc_bytes / kObject_bytes;
  figures.alloc_samples = alloc_bytes / kInterval_bytes;
  return figures;
}

FigureChanges Compare(const std::vector<StackFigures>& base, const StackFigures& run) {
  StackGroup base_group;
  base_group.runs = base;
  StackGroup run_group;
  run_group.runs = {run};
  const std::vector<Exposure> exposures(base.size() + 1, kRun);
  return CompareFigures(&base_group, &run_group, exposures);
}

// Share of runs of an unchanged build with p <= 0.01, that draw from the same distribution.
template <typename Draw>
double FalseAlarms(size_t base_runs, const Draw& draw) {
  constexpr int kRounds = 4000;
  Rng rng(5);
  int alarms = 0;
  for (int i = 0; i < kRounds; ++i) {
    std::vector<StackFigures> base;
    for (size_t j = 0; j < base_runs; ++j) base.push_back(draw(rng));
    if (Compare(base, draw(rng))[kAllocated].p_more <= 0.01) ++alarms;
  }
  return static_cast<double>(alarms) / kRounds;
}

}  // namespace

TEST_CASE("samples of an unchanged path are rarely called more") {
  for (const double samples : {0.5, 3.0, 30.0, 1000.0}) {
    const auto draw = [samples](Rng& rng) { return Allocated(Poisson(rng, samples)); };
    for (const size_t base_runs : {1, 3, 10}) {
      INFO(samples << " samples, " << base_runs << " runs");
      CHECK(FalseAlarms(base_runs, draw) <= 0.015);
    }
  }
}

TEST_CASE("runs that scatter by 2 % are expected to, by 6 % only after some of them") {
  const auto scattered = [](double share) {
    return [share](Rng& rng) { return Allocated(1e6 * (1 + share * Normal(rng))); };
  };
  for (const size_t base_runs : {1, 3, 10}) CHECK(FalseAlarms(base_runs, scattered(0.02)) <= 0.015);
  CHECK(FalseAlarms(10, scattered(0.06)) <= 0.025);
}

TEST_CASE("the error of many samples is that of sampling and 2 %") {
  const FigureChange change = Compare({Allocated(10'000)}, Allocated(11'000))[kAllocated];
  CHECK(change.base == Approx(10 * kInterval_bytes));
  CHECK(change.difference() == Approx(kInterval_bytes));
  const double expected = std::sqrt(2 * (0.02 * 0.02) + 2 * 1.05e-4) * 11 * kInterval_bytes;
  CHECK(change.standard_error == Approx(expected).epsilon(0.1));
  CHECK(change.p_more < 0.05);
  CHECK(change.p_less > 0.95);
  CHECK(change.Reach() > 1.96 * change.standard_error);
}

TEST_CASE("a path of the run alone is compared with nothing") {
  StackGroup run;
  run.runs = {Allocated(100)};
  const std::vector<Exposure> exposures(4, kRun);
  const FigureChange change = CompareFigures(nullptr, &run, exposures)[kAllocated];
  CHECK(change.base == 0);
  CHECK(change.p_more < 1e-6);
  run.runs = {Allocated(1)};
  CHECK(CompareFigures(nullptr, &run, exposures)[kAllocated].p_more > 0.05);
}

TEST_CASE("of live bytes that are turned over a moment says less than of those that are kept") {
  const double kept = Compare({Live(1e9, 0)}, Live(1.3e9, 0))[kLive].p_more;
  const double turned_over = Compare({Live(1e9, 1e10)}, Live(1.3e9, 1e10))[kLive].p_more;
  CHECK(kept < 0.001);
  CHECK(turned_over > 0.05);
  const std::vector<StackFigures> many(10, Live(1e9, 1e10));
  CHECK(Compare(many, Live(1.5e9, 1e10))[kLive].p_more < 0.01);
}

TEST_CASE("growth is compared with that of runs that grew") {
  const auto growing = [](double per_hour) {
    StackFigures figures;
    figures.growth_per_hour = per_hour;
    figures.growth_low = 0.9 * per_hour;
    return figures;
  };
  const FigureChange change = Compare({growing(0), growing(1e6)}, growing(2e6))[kGrowth];
  CHECK(change.base == Approx(1e6 / kRun.units));
  CHECK(change.p_more < 0.001);
  CHECK(Compare({growing(1e6)}, growing(1.05e6))[kGrowth].p_more > 0.1);
}

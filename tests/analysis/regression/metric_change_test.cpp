// SPDX-License-Identifier: Apache-2.0
// Runs with known truth: figures that scatter by a known share, with and without a change.
#include "analysis/regression/metric_change.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "analysis/regression/feature_kinds.h"

using namespace seep;
using analysis::CompareMetrics;
using analysis::FeatureKinds;
using analysis::FeatureScale;
using model::ChangeClass;
using model::MetricChange;

namespace {

struct Build {
  double cv = 0.01;       // of every figure, run to run
  std::string changed{};  // a figure that differs
  double factor = 1;      // by so much
};

model::RunSummary MakeRun(std::minstd_rand& random, const Build& build) {
  model::RunSummary run;
  for (const analysis::FeatureKind& kind : FeatureKinds()) {
    const double usual = kind.scale == FeatureScale::kRatio ? 1e8 : 0;
    const double scatter =
        kind.scale == FeatureScale::kRatio ? build.cv * usual : 0.5 * kind.prior_scatter;
    std::normal_distribution<double> noise(0, scatter);
    double value = usual + noise(random);
    if (build.changed == kind.name) value *= build.factor;
    run.features.push_back({std::string(kind.name), std::string(kind.unit), value, 0});
  }
  return run;
}

model::Baseline MakeBaseline(std::minstd_rand& random, size_t runs, const Build& build = {}) {
  model::Baseline baseline{.name = "main"};
  for (size_t i = 0; i < runs; ++i) baseline.runs.push_back(MakeRun(random, build));
  return baseline;
}

const MetricChange& Find(const std::vector<MetricChange>& changes, const std::string& feature) {
  const auto found = std::ranges::find(changes, feature, &MetricChange::feature);
  REQUIRE(found != changes.end());
  return *found;
}

size_t CountOf(const std::vector<MetricChange>& changes, ChangeClass change) {
  return static_cast<size_t>(std::ranges::count(changes, change, &MetricChange::change));
}

}  // namespace

TEST_CASE("runs of one build are the same") {
  std::minstd_rand random(1);
  size_t regressed = 0;
  for (int i = 0; i < 100; ++i) {
    const model::Baseline baseline = MakeBaseline(random, 10);
    const auto run = MakeRun(random, {});
    regressed += CountOf(CompareMetrics(baseline, {&run, 1}), ChangeClass::kRegressed) > 0;
  }
  CHECK(regressed <= 3);
}

TEST_CASE("a tenth more is found in one run, and named first") {
  std::minstd_rand random(2);
  size_t found = 0;
  for (int i = 0; i < 50; ++i) {
    const model::Baseline baseline = MakeBaseline(random, 10);
    const auto run = MakeRun(random, {.changed = "heap_alloc.bytes_per_request", .factor = 1.10});
    const auto changes = CompareMetrics(baseline, {&run, 1});
    found += changes.front().feature == "heap_alloc.bytes_per_request" &&
             changes.front().change == ChangeClass::kRegressed;
  }
  CHECK(found >= 48);
}

TEST_CASE("less is better, but for throughput") {
  std::minstd_rand random(3);
  const model::Baseline baseline = MakeBaseline(random, 10);
  auto run = MakeRun(random, {.changed = "rss_swap.level", .factor = 0.7});
  CHECK(Find(CompareMetrics(baseline, {&run, 1}), "rss_swap.level").change ==
        ChangeClass::kImproved);
  run = MakeRun(random, {.changed = "load.throughput", .factor = 0.7});
  const auto changes = CompareMetrics(baseline, {&run, 1});
  const MetricChange& slower = Find(changes, "load.throughput");
  CHECK(slower.change == ChangeClass::kRegressed);
  CHECK(slower.difference == Approx(-0.3).margin(0.05));
  CHECK_THAT(slower.explanation, Catch::Contains("less than"));
}

TEST_CASE("what is below the floor does not matter, however sure it is") {
  std::minstd_rand random(4);
  const Build exact{.cv = 1e-5};
  const model::Baseline baseline = MakeBaseline(random, 10, exact);
  Build more = exact;
  more.changed = "heap_live.level";
  more.factor = 1.02;
  const auto run = MakeRun(random, more);
  CHECK(Find(CompareMetrics(baseline, {&run, 1}), "heap_live.level").change == ChangeClass::kSame);
}

TEST_CASE("one run beside one run is provisional; a second run of the build confirms it") {
  std::minstd_rand random(5);
  const model::Baseline baseline = MakeBaseline(random, 1);
  const Build more{.changed = "heap_alloc.bytes_per_request", .factor = 1.5};
  const model::RunSummary first = MakeRun(random, more);
  const auto one = CompareMetrics(baseline, {&first, 1});
  CHECK(CountOf(one, ChangeClass::kRegressed) == 0);
  const MetricChange& change = Find(one, "heap_alloc.bytes_per_request");
  CHECK(change.change == ChangeClass::kProvisional);
  CHECK_THAT(change.explanation, Catch::Contains("one run is no proof"));
  const model::RunSummary both[] = {first, MakeRun(random, more)};
  CHECK(Find(CompareMetrics(baseline, both), "heap_alloc.bytes_per_request").change ==
        ChangeClass::kRegressed);
}

TEST_CASE("three runs together show less than one does") {
  std::minstd_rand random(6);
  const Build noisy{.cv = 0.02};
  Build more = noisy;
  more.changed = "heap_live.level";
  more.factor = 1.05;
  size_t by_one = 0;
  size_t by_three = 0;
  for (int i = 0; i < 100; ++i) {
    const model::Baseline baseline = MakeBaseline(random, 10, noisy);
    const model::RunSummary runs[] = {MakeRun(random, more), MakeRun(random, more),
                                      MakeRun(random, more)};
    const auto regressed = [&](std::span<const model::RunSummary> given) {
      return Find(CompareMetrics(baseline, given), "heap_live.level").change ==
             ChangeClass::kRegressed;
    };
    by_one += regressed({runs, 1});
    by_three += regressed(runs);
  }
  CHECK(by_three > by_one + 20);
}

TEST_CASE("a sampling error that is known makes a figure less sure") {
  std::minstd_rand random(7);
  const Build exact{.cv = 0.001};
  const model::Baseline baseline = MakeBaseline(random, 10, exact);
  Build more = exact;
  more.changed = "heap_alloc.bytes_per_request";
  more.factor = 1.06;
  model::RunSummary run = MakeRun(random, more);
  CHECK(Find(CompareMetrics(baseline, {&run, 1}), more.changed).change == ChangeClass::kRegressed);
  for (model::RunFeature& feature : run.features) {
    if (feature.name == more.changed) feature.se = 0.05 * feature.value;
  }
  CHECK(Find(CompareMetrics(baseline, {&run, 1}), more.changed).change == ChangeClass::kSame);
}

TEST_CASE("a figure that only one side has is not known") {
  std::minstd_rand random(8);
  const model::Baseline baseline = MakeBaseline(random, 3);
  model::RunSummary run = MakeRun(random, {});
  std::erase_if(run.features,
                [](const model::RunFeature& feature) { return feature.name == "fds.level"; });
  const auto changes = CompareMetrics(baseline, {&run, 1});
  const MetricChange& missing = Find(changes, "fds.level");
  CHECK(missing.change == ChangeClass::kUnknown);
  CHECK_FALSE(missing.value);
  CHECK_THAT(missing.explanation, Catch::Contains("not measured in this run"));
}

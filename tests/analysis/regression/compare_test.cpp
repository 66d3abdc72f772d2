// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/compare.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace seep;
using analysis::Compare;
using model::ChangeClass;

namespace {

model::RunSummary Run(double level = 1e8) {
  model::RunSummary run;
  run.run_name = "soak";
  run.key = {"api", "checkout", "x86_64-2", "abc"};
  run.growth_class = model::GrowthClass::kStable;
  run.exit_code = model::ExitCode::kPass;
  run.observed_s = 3600;
  run.judged_s = 3000;
  run.features = {{"rss_swap.level", "bytes", level, 0}, {"fds.level", "fds", 20, 0}};
  return run;
}

model::Baseline Base(size_t runs = 10) {
  model::Baseline base{.name = "main"};
  base.key = Run().key;
  for (size_t i = 0; i < runs; ++i) base.runs.push_back(Run(1e8 * (1 + 0.001 * double(i % 3))));
  return base;
}

model::Comparison With(const model::Baseline& base, const model::RunSummary& run) {
  return Compare({&base, 1}, {&run, 1});
}

}  // namespace

TEST_CASE("a run like those of the baseline is no regression, and it is said of whom") {
  const model::Comparison same = With(Base(), Run());
  CHECK(same.shortage.empty());
  CHECK(same.summary == "No regression against 'main' (10 runs).");
  CHECK(same.anchors.front().change == ChangeClass::kSame);
}

TEST_CASE("the summary of a regression has the figure before and now") {
  const model::Comparison worse = With(Base(), Run(1.3e8));
  CHECK(worse.anchors.front().change == ChangeClass::kRegressed);
  CHECK_THAT(worse.summary,
             Catch::Contains("Regression against 'main' (10 runs): resident memory 30 % more ("));
}

TEST_CASE("runs that are not comparable say why, and nothing is compared") {
  const auto shortage = [](auto change) {
    model::Baseline base = Base();
    model::RunSummary run = Run(2e8);
    change(base, run);
    const model::Comparison comparison = With(base, run);
    CHECK(comparison.metrics.empty());
    return comparison.shortage;
  };
  CHECK_THAT(shortage([](auto& base, auto&) { base.runs.clear(); }),
             Catch::Contains("baseline 'main' has no runs"));
  CHECK_THAT(shortage([](auto&, auto& run) { run.key.workload = "browse"; }),
             Catch::Contains("the workload of the run is 'browse', that of baseline 'main' is "
                             "'checkout'"));
  CHECK_THAT(shortage([](auto&, auto& run) { run.observed_s = 600; }),
             Catch::Contains("observed for 10m00s, those of baseline 'main' for 1h00m"));
  CHECK_THAT(
      shortage([](auto&, auto& run) { run.growth_class = model::GrowthClass::kInsufficientData; }),
      Catch::Contains("too little data"));
  CHECK(Compare({}, {}).shortage == "no baseline is given");
}

TEST_CASE("what is not told agrees with anything") {
  model::RunSummary run = Run();
  run.key = {};
  CHECK(With(Base(), run).shortage.empty());
}

TEST_CASE("a figure that the run lacks makes it inconclusive") {
  model::RunSummary run = Run();
  run.features.pop_back();
  CHECK_THAT(With(Base(), run).shortage, Catch::Contains("open descriptors: not measured"));
}

TEST_CASE("a slow creep is a regression against the release, not against the last runs") {
  model::Baseline rolling = Base();
  model::Baseline release = Base();
  release.name = "v1";
  release.is_pinned = true;
  for (model::RunSummary& run : rolling.runs) run.features[0].value *= 1.2;
  const model::Baseline both[] = {rolling, release};
  const model::RunSummary run = Run(1.21e8);
  const model::Comparison comparison = Compare(both, {&run, 1});
  CHECK(comparison.anchors[0].change == ChangeClass::kSame);
  CHECK(comparison.anchors[1].change == ChangeClass::kRegressed);
  CHECK_THAT(comparison.summary, Catch::Contains("Regression against 'v1'"));
}

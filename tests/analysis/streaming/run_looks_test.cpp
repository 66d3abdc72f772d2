// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/run_looks.h"

#include <catch2/catch.hpp>

#include <random>

using namespace seep;
using namespace seep::analysis;

namespace {

constexpr StreamPlan kPlan{.duration_s = 4800, .is_load_known = true};

// One process watched until `until_s`, a value each 5 s; its RSS grows by `rise` in 4800 s.
model::RunData Run(double until_s, double rise) {
  model::RunData data;
  data.run.duration_s = until_s;
  model::Target target;
  target.id = model::TargetId{1};
  target.last_seen_s = until_s;
  data.targets.push_back(target);
  data.series.push_back({{model::SeriesId{1}, model::TargetId{1}, "rss_swap", "bytes"}, {}});
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal(0, 0.003);
  for (double t_s = 0; t_s <= until_s; t_s += 5) {
    data.series[0].points.push_back({t_s, 1e9 * (1 + normal(random) + rise * t_s / 4800)});
  }
  return data;
}

}  // namespace

TEST_CASE("a leak is confirmed early, health is not suspected") {
  RunLooks leak(kPlan);
  leak.Add(Run(2401, 0.5));
  CHECK(leak.state() == StreamState::kConfirmedEarly);
  CHECK(leak.next_s() == 2500);
  RunLooks health(kPlan);
  health.Add(Run(4700, 0));
  CHECK(health.state() == StreamState::kCollecting);
}

TEST_CASE("looks begun anew come out as those made in time") {
  for (const double until_s : {500.0, 1000.0, 1700.0, 2401.0}) {
    RunLooks in_time(kPlan);
    for (double t_s = 300; t_s <= until_s; t_s += 90) in_time.Add(Run(t_s, 0.3));
    in_time.Add(Run(until_s, 0.3));
    RunLooks anew(kPlan);
    anew.Add(Run(until_s, 0.3));
    CHECK(in_time.state() == anew.state());
    CHECK(in_time.next_s() == anew.next_s());
  }
}

TEST_CASE("a process that has ended is no reason to stop") {
  model::RunData data = Run(2401, 0.5);
  data.run.duration_s = 3000;
  RunLooks looks(kPlan);
  looks.Add(data);
  CHECK(looks.state() == StreamState::kCollecting);
}

TEST_CASE("resident memory alone does not confirm") {
  model::Verdict verdict;
  verdict.exit_code = model::ExitCode::kGrowth;
  verdict.series.resize(1);
  verdict.series[0].metric = "rss_swap";
  verdict.series[0].growth_class = model::GrowthClass::kGrowth;
  CHECK_FALSE(ConfirmsGrowth(verdict));
  verdict.series[0].metric = "heap_live";
  CHECK(ConfirmsGrowth(verdict));
  verdict.series.clear();
  verdict.stacks.resize(1);
  CHECK(ConfirmsGrowth(verdict));
  verdict.exit_code = model::ExitCode::kPass;
  CHECK_FALSE(ConfirmsGrowth(verdict));
}

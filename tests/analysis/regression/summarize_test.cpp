// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/summarize.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "analysis/regression/feature_kinds.h"
#include "analysis/regression/highest_total.h"
#include "analysis/verdict.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::Analyze;
using analysis::Summarize;

namespace {

constexpr double kLength_s = 600;

model::RunData Busy() {
  Rng rng(1);
  model::RunData data = MakeRun(
      rng,
      {kLength_s, 1, 5, 30 * kMiB, {Churn(rng, kLength_s, 200, 5), Churn(rng, kLength_s, 50, 2)}});
  Points errors;
  for (double at = 0; at < kLength_s; at += 5) errors.push_back({at, 1e5});
  AddSeries(data, model::metric::kHeapLiveSe, "bytes", std::move(errors));
  for (model::StackHistory& history : data.stacks) {
    for (model::StackPoint& point : history.points) point.alloc_objects = point.alloc_bytes / 1000;
  }
  return data;
}

// So many requests a second, told every ten.
void AddLoad(model::RunData& data, double per_s, double concurrency) {
  for (double at = 0; at < kLength_s; at += 10) {
    data.load.push_back({.begin_s = at,
                         .end_s = at + 10,
                         .source = "k6.json",
                         .operation = "",
                         .requests = 10 * per_s,
                         .errors = at < 300 ? 0.0 : per_s / 10,
                         .concurrency = concurrency,
                         .latency = {{0.009, 0.011, 10 * per_s}}});
  }
}

model::RunSummary Make(const model::RunData& data) {
  return Summarize(data, Analyze(data), {}, [](const model::Stack& stack) {
    return std::vector<model::SourceFrame>{
        {"function" + std::to_string(static_cast<int64_t>(stack.id)), "a.cpp", 1, "a", false}};
  });
}

const model::RunFeature* Find(const model::RunSummary& run, const std::string& name) {
  const auto found = std::ranges::find(run.features, name, &model::RunFeature::name);
  return found == run.features.end() ? nullptr : &*found;
}

double Value(const model::RunSummary& run, const std::string& name) {
  const model::RunFeature* feature = Find(run, name);
  INFO(name);
  REQUIRE(feature != nullptr);
  return feature->value;
}

}  // namespace

TEST_CASE("levels, peaks and slopes of a quiet run are what was put in") {
  const model::RunData data = Busy();
  const model::RunSummary run = Make(data);
  CHECK(run.observed_s == Approx(kLength_s).margin(5));
  CHECK(run.judged_s == Approx(kLength_s * 7 / 8).margin(20));
  const double level = Value(run, "rss_swap.level");
  CHECK(level > 30 * kMiB);
  CHECK(Value(run, "rss_swap.peak") >= level);
  CHECK(std::abs(Value(run, "rss_swap.slope")) < 0.2 * level);
  CHECK(Find(run, "heap_live.level")->se > 0);
  CHECK(Find(run, "load.throughput") == nullptr);
  CHECK(Find(run, "heap_alloc.bytes_per_request") == nullptr);
  for (const model::RunFeature& feature : run.features) {
    INFO(feature.name);
    REQUIRE(analysis::FindFeature(feature.name) != nullptr);
    CHECK(analysis::FindFeature(feature.name)->unit == feature.unit);
  }
}

TEST_CASE("what a request allocates is all that was allocated in its time, by its requests") {
  model::RunData data = Busy();
  AddLoad(data, 100, 8);
  const model::RunSummary run = Make(data);
  double bytes = 0;
  for (const model::StackSummary& stack : run.stacks) bytes += stack.alloc_bytes;
  REQUIRE(run.requests == Approx(100 * run.judged_s).epsilon(0.02));
  CHECK(Value(run, "heap_alloc.bytes_per_request") == Approx(bytes / run.requests).epsilon(0.01));
  CHECK(Find(run, "heap_alloc.bytes_per_request")->se > 0);
  CHECK(Value(run, "heap_live.per_connection") ==
        Approx(Value(run, "heap_live.level") / 8).epsilon(0.01));
  CHECK(Value(run, "load.throughput") == Approx(100).epsilon(0.02));
  CHECK(Value(run, "load.error_rate") == Approx(0.005).epsilon(0.1));
  CHECK(Value(run, "latency.p50") == Approx(0.01).epsilon(0.1));
  CHECK(Value(run, "latency.recovery") == 0);
}

TEST_CASE("load that is not told for a while, or at the end, is no less load") {
  model::RunData data = Busy();
  AddLoad(data, 100, 8);
  const double whole = Value(Make(data), "heap_alloc.bytes_per_request");
  std::erase_if(data.load, [](const model::LoadWindow& window) {
    return window.begin_s >= 550 || (window.begin_s >= 200 && window.begin_s < 250);
  });
  CHECK(Value(Make(data), "heap_alloc.bytes_per_request") == Approx(whole).epsilon(0.01));
  std::erase_if(data.load, [](const model::LoadWindow& window) { return window.begin_s > 200; });
  CHECK(Make(data).requests == 0);
}

TEST_CASE("a disturbance counts until answers are as usual again") {
  model::RunData data = Busy();
  AddLoad(data, 100, 8);
  for (model::LoadWindow& window : data.load) {
    if (window.begin_s >= 100 && window.begin_s < 140) window.latency = {{0.09, 0.11, 1000}};
    if (window.begin_s >= 400 && window.begin_s < 420) window.errors = 500;
  }
  CHECK(Value(Make(data), "latency.recovery") == Approx(40));
}

TEST_CASE("stacks of the same addresses in two processes are one, with both their bytes") {
  model::RunData data = Busy();
  const model::RunSummary alone = Make(data);
  model::Target second = data.targets.front();
  second.id = model::TargetId{99};
  second.pid += 1;
  const std::vector<model::StackHistory> stacks = data.stacks;
  data.targets.push_back(second);
  for (model::StackHistory history : stacks) {
    history.stack.id = model::StackId{static_cast<int64_t>(history.stack.id) + 1000};
    history.stack.target = second.id;
    data.stacks.push_back(std::move(history));
  }
  const model::RunSummary both = Make(data);
  REQUIRE(both.stacks.size() == alone.stacks.size());
  CHECK(both.stacks[0].alloc_bytes == Approx(2 * alone.stacks[0].alloc_bytes));
  CHECK(both.stacks[0].live_bytes_se ==
        Approx(std::sqrt(2.0) * alone.stacks[0].live_bytes_se).epsilon(0.01));
}

TEST_CASE("the highest of a run is that of all processes at one moment, start-up too") {
  model::RunData data = Busy();
  Points rss = {{0, 10}, {1, 500}, {2, 40}, {300, 40}, {600, 40}};
  AddSeries(data, "test", "bytes", rss);
  CHECK(analysis::HighestTotal(data, "test") == 500.0);
  CHECK_FALSE(analysis::HighestTotal(data, "none"));
  // A child that lives from 100 s to 200 s: its peak does not meet that of its parent.
  model::Target child = data.targets[0];
  child.id = model::TargetId{2};
  child.first_seen_s = 100;
  child.last_seen_s = 200;
  data.targets.push_back(child);
  model::SeriesData series{{model::SeriesId{99}, child.id, "test", "bytes"}, {}};
  series.points = {{100, 450}, {200, 480}};
  data.series.push_back(series);
  CHECK(analysis::HighestTotal(data, "test") == 520.0);
  data.series.back().points.back().value = 50;
  CHECK(analysis::HighestTotal(data, "test") == 500.0);
}

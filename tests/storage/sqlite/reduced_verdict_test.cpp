// SPDX-License-Identifier: Apache-2.0
// The verdict on a run of 48 h is the same when retention has reduced it: to a row a minute, and
// to a row in ten minutes.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "analysis/verdict.h"
#include "storage/model/heap_window.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/retention.h"
#include "storage/sqlite/run_writer.h"
#include "tests/analysis/synthetic.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;
namespace synthetic = seep::synthetic;

namespace {

constexpr double kDuration_s = 48 * 3600;
constexpr double kTick_s = 30;
constexpr double kSnapshot_s = 120;

RunData MakeRun(uint64_t seed, double leaked_samples) {
  synthetic::Rng rng(seed);
  synthetic::RunSpec spec{.duration_s = kDuration_s,
                          .tick_s = kTick_s,
                          .snapshot_s = kSnapshot_s,
                          .base_bytes = 30 * synthetic::kMiB,
                          .stacks = {}};
  spec.stacks.push_back(synthetic::Churn(rng, kDuration_s, 100, 900));
  spec.stacks.push_back(synthetic::BatchFrees(rng, kDuration_s, 0.01, 7200));
  if (leaked_samples > 0) {
    spec.stacks.push_back(synthetic::Leak(rng, kDuration_s, leaked_samples / kDuration_s));
  }
  return synthetic::MakeRun(rng, spec);
}

// As the agent would have written it.
std::map<double, Tick> TicksOf(const RunData& data) {
  std::map<double, Tick> ticks;
  const auto at = [&](double t_s) -> TargetTick& {
    Tick& tick = ticks[t_s];
    tick.t_s = t_s;
    if (tick.targets.empty()) tick.targets.push_back({data.targets[0], {}, {}});
    return tick.targets[0];
  };
  for (const SeriesData& series : data.series) {
    for (const Point& point : series.points) {
      at(point.t_s).measurements.push_back({series.series.metric, series.series.unit, point.value});
    }
  }
  const int64_t length = WindowAt(kDuration_s).length;
  const auto heap_at = [&](double t_s) -> HeapDelta& {
    auto& heap = at(t_s).heap;
    if (!heap) heap.emplace();
    const auto quarters = static_cast<int64_t>(t_s / kShortestWindow_s);
    heap->window = {quarters - quarters % length, length};
    heap->are_survivors_whole = false;
    return *heap;
  };
  for (const StackHistory& history : data.stacks) {
    const uint32_t slot = static_cast<uint32_t>(history.stack.id);
    Stack stack = history.stack;
    stack.slot = slot;
    heap_at(kSnapshot_s).new_stacks.push_back(stack);
    for (const StackPoint& point : history.points) {
      heap_at(point.t_s).changed.emplace_back(slot, point);
    }
    for (const SurvivorBin& bin : history.survivors) {
      heap_at(kDuration_s).survivors.emplace_back(slot, bin);
    }
  }
  return ticks;
}

Verdict Judge(Database& database, RunId run) {
  const auto loaded = LoadRun(database, run);
  REQUIRE(loaded);
  return seep::analysis::Analyze(*loaded);
}

void CheckSame(const Verdict& before, const Verdict& after) {
  CHECK(after.growth_class == before.growth_class);
  CHECK(after.exit_code == before.exit_code);
  REQUIRE(after.stacks.size() == before.stacks.size());
  for (size_t i = 0; i < after.stacks.size(); ++i) {
    CHECK(after.stacks[i].stack == before.stacks[i].stack);
  }
  CHECK(after.rss_slope_per_hour ==
        Approx(before.rss_slope_per_hour).epsilon(0.1).margin(0.01 * synthetic::kMiB));
}

}  // namespace

TEST_CASE("a reduced run is judged as it was before, leaking and healthy") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const auto seed = GENERATE(uint64_t{1}, uint64_t{2});
  const auto leaked_samples = GENERATE(0.0, 400.0);
  Run run = SampleRun();
  run.limit_bytes = 0;
  auto writer = RunWriter::Begin(database, run);
  REQUIRE(writer);
  bool has_written = database.RunScript("PRAGMA synchronous = OFF").has_value();
  for (const auto& [t_s, tick] : TicksOf(MakeRun(seed, leaked_samples))) {
    has_written = has_written && writer->Write(tick);
  }
  REQUIRE(has_written);
  REQUIRE(writer->Finish(kDuration_s, 0));
  const RunId id = writer->run().id;
  const Verdict raw = Judge(database, id);
  INFO(raw.summary);
  CHECK((raw.growth_class == GrowthClass::kGrowth) == (leaked_samples > 0));
  CHECK(raw.stacks.empty() == (leaked_samples == 0));

  const int64_t now_ns = run.started_at_ns + static_cast<int64_t>(1e9 * (kDuration_s + 1));
  RetentionPolicy policy{.raw_s = 0, .minute_s = 1e9, .budget_s = 1e9};
  REQUIRE(Retain(database, policy, now_ns)->reduced_rows > 0);
  REQUIRE(**database.QueryValue<int64_t>("SELECT count(*) FROM point") == 0);
  CheckSame(raw, Judge(database, id));

  policy.minute_s = 0;
  REQUIRE(Retain(database, policy, now_ns)->reduced_rows > 0);
  REQUIRE(**database.QueryValue<int64_t>("SELECT count(*) FROM point_1m") == 0);
  CheckSame(raw, Judge(database, id));
}

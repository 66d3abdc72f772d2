// SPDX-License-Identifier: Apache-2.0
// Windows that have become longer are merged over many ticks; readers see no difference.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;

namespace {

constexpr int kStacks = 300;
constexpr int64_t kWindows = 64;

// A snapshot in each of the shortest windows; the least is different in each.
Tick SnapshotIn(HeapWindow window, double t_s) {
  Tick tick = LargeTick(t_s, 1, kStacks);
  HeapDelta& heap = *tick.targets[0].heap;
  heap.window = window;
  for (auto& [slot, point] : heap.changed) {
    point.least_live_samples = 1 + (slot * 7 + static_cast<uint64_t>(window.begin) * 13) % 50;
  }
  heap.survivors.clear();
  return tick;
}

Tick WithoutHeap(double t_s) {
  Tick tick = LargeTick(t_s, 1, 0);
  tick.targets[0].heap.reset();
  return tick;
}

using State = std::map<uint32_t, std::vector<std::pair<double, uint64_t>>>;  // time, least; by slot

State Load(Database& database, RunId run) {
  const auto loaded = LoadRun(database, run);
  REQUIRE(loaded);
  State state;
  for (const StackHistory& stack : loaded->stacks) {
    for (const StackPoint& point : stack.points) {
      state[stack.stack.slot].emplace_back(point.t_s, point.least_live_samples);
    }
  }
  return state;
}

// What merging all at once gives.
State Merged(const State& before) {
  State after;
  for (const auto& [slot, points] : before) {
    for (size_t i = 1; i < points.size(); i += 2) {
      after[slot].emplace_back(points[i].first, std::min(points[i].second, points[i - 1].second));
    }
  }
  return after;
}

int64_t Changes(Database& database) {
  return **database.QueryValue<int64_t>("SELECT total_changes()");
}

bool IsMerging(Database& database) {
  return **database.QueryValue<int64_t>("SELECT count(*) FROM window_merge") > 0;
}

}  // namespace

TEST_CASE("windows are merged in bounded portions, and every reader sees them merged at once") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  auto writer = RunWriter::Begin(database, SampleRun());
  REQUIRE(writer);
  const RunId run = writer->run().id;
  for (int64_t window = 0; window < kWindows; ++window) {
    REQUIRE(writer->Write(SnapshotIn({window, 1}, 0.25 * static_cast<double>(window) + 0.1)));
  }
  State expected = Merged(Load(database, run));
  REQUIRE(expected.at(5).size() == kWindows / 2);
  CHECK_FALSE(IsMerging(database));

  double t_s = 16;
  REQUIRE(writer->Write(SnapshotIn({64, 2}, t_s)));
  for (auto& [slot, points] : expected) points.emplace_back(t_s, 1 + (slot * 7 + 64 * 13) % 50);
  CHECK(IsMerging(database));
  CHECK(Load(database, run) == expected);
  int ticks = 0;
  while (IsMerging(database)) {
    t_s += 0.01;
    Tick tick = WithoutHeap(t_s);
    if (++ticks == 3) {  // as after a kill: with its first snapshot the writer knows of the merge
      writer = RunWriter::Resume(database, run);
      tick = SnapshotIn({64, 2}, t_s);
      tick.targets[0].heap->changed.clear();
    }
    const int64_t before = Changes(database);
    REQUIRE(writer->Write(tick));
    CHECK(Changes(database) - before < 2 * 2000 + 10);
    if (ticks % 4 == 1) CHECK(Load(database, run) == expected);
    REQUIRE(ticks < 100);
  }
  CHECK(ticks >= 5);
  CHECK(Load(database, run) == expected);
  CHECK(**database.QueryValue<int64_t>("SELECT count(*) FROM stack_point WHERE window % 2 != 0") ==
        0);
  CHECK(**database.QueryValue<int64_t>("SELECT count(*) FROM stack_point") ==
        kStacks * (kWindows / 2 + 1));
}

TEST_CASE("windows that double again before they are merged are merged all the same") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  auto writer = RunWriter::Begin(database, SampleRun());
  const RunId run = writer->run().id;
  for (int64_t window = 0; window < kWindows; ++window) {
    REQUIRE(writer->Write(SnapshotIn({window, 1}, 0.25 * static_cast<double>(window) + 0.1)));
  }
  const State once = Load(database, run);
  REQUIRE(writer->Write(SnapshotIn({64, 2}, 16)));
  REQUIRE(writer->Write(WithoutHeap(16.1)));
  REQUIRE(writer->Write(SnapshotIn({128, 4}, 32)));
  State expected = Merged(Merged(once));
  for (auto& [slot, points] : expected) {
    points.emplace_back(16, 1 + (slot * 7 + 64 * 13) % 50);
    points.emplace_back(32, 1 + (slot * 7 + 128 * 13) % 50);
  }
  CHECK(Load(database, run) == expected);
  for (double t_s = 33; IsMerging(database); ++t_s) REQUIRE(writer->Write(WithoutHeap(t_s)));
  CHECK(Load(database, run) == expected);
  CHECK(**database.QueryValue<int64_t>("SELECT count(*) FROM stack_point WHERE window % 4 != 0") ==
        0);
}

TEST_CASE("the windows of one process are merged among those of others") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  auto writer = RunWriter::Begin(database, SampleRun());
  const RunId run = writer->run().id;
  const auto of_both = [](Tick tick, Tick other) {
    other.targets[0].target = SampleTarget(5000);
    tick.targets.push_back(other.targets[0]);
    return tick;
  };
  for (int64_t window = 0; window < 8; ++window) {
    const double t_s = 0.25 * static_cast<double>(window) + 0.1;
    REQUIRE(writer->Write(of_both(SnapshotIn({window, 1}, t_s), SnapshotIn({window, 1}, t_s))));
  }
  REQUIRE(writer->Write(of_both(SnapshotIn({64, 2}, 16), WithoutHeap(16))));
  for (double t_s = 17; IsMerging(database); ++t_s) {
    REQUIRE(writer->Write(of_both(WithoutHeap(t_s), WithoutHeap(t_s))));
  }
  const auto loaded = LoadRun(database, run);
  REQUIRE(loaded);
  for (const StackHistory& stack : loaded->stacks) {
    CHECK(stack.points.size() == (stack.stack.target == loaded->targets[0].id ? 5 : 8));
  }
}

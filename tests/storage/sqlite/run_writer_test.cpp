// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/run_writer.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "storage/sqlite/queries.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;

namespace {

RunWriter BeginOrFail(Database& database, const Run& run = SampleRun()) {
  auto writer = RunWriter::Begin(database, run);
  INFO((writer ? "" : writer.error().message));
  REQUIRE(writer);
  return std::move(*writer);
}

RunData LoadOrFail(Database& database, RunId id) {
  auto loaded = LoadRun(database, id);
  INFO((loaded ? "" : loaded.error().message));
  REQUIRE(loaded);
  return std::move(*loaded);
}

int64_t CountRows(Database& database) {
  int64_t rows = 0;
  for (const char* table : {"run", "run_argument", "target", "event", "series", "point", "module",
                            "ledger_module", "stack", "stack_frame", "stack_point", "survivor"}) {
    rows += **database.QueryValue<int64_t>(std::string("SELECT count(*) FROM ") + table);
  }
  return rows;
}

}  // namespace

TEST_CASE("a run and its tick come back as they were written") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  const Tick tick = SampleTick(60.25);
  REQUIRE(writer.Write(tick));

  const RunData loaded = LoadOrFail(database, writer.run().id);
  const Run expected = SampleRun();
  CHECK(loaded.run.id == writer.run().id);
  CHECK(loaded.run.name == expected.name);
  CHECK(loaded.run.started_at_ns == expected.started_at_ns);
  CHECK(loaded.run.duration_s == 60.25);
  CHECK_FALSE(loaded.run.is_finished);
  CHECK(loaded.run.command == expected.command);
  CHECK_FALSE(loaded.run.target_exit);
  CHECK(loaded.run.host == expected.host);
  CHECK(loaded.run.boot_id == expected.boot_id);
  CHECK(loaded.run.seep_version == expected.seep_version);
  CHECK(loaded.run.interval_bytes == expected.interval_bytes);
  CHECK(loaded.run.tick_s == expected.tick_s);
  CHECK(loaded.run.snapshot_s == expected.snapshot_s);
  CHECK(loaded.run.limit_bytes == expected.limit_bytes);
  CHECK(loaded.run.limit_source == expected.limit_source);

  REQUIRE(loaded.targets.size() == 1);
  const Target& target = loaded.targets[0];
  const Target& written = tick.targets[0].target;
  CHECK(target.run == loaded.run.id);
  CHECK(target.pid == written.pid);
  CHECK(target.start_ticks == written.start_ticks);
  CHECK(target.parent_pid == written.parent_pid);
  CHECK(target.exe == written.exe);
  CHECK(target.command_line == written.command_line);
  CHECK(target.probe == written.probe);
  CHECK(target.first_seen_s == written.first_seen_s);
  CHECK(target.last_seen_s == written.last_seen_s);
  CHECK(target.exit_status == written.exit_status);

  REQUIRE(loaded.series.size() == 2);
  CHECK(loaded.series[0].series.metric == "rss_anon");
  CHECK(loaded.series[0].series.unit == "bytes");
  CHECK(loaded.series[0].series.target == target.id);
  REQUIRE(loaded.series[1].points.size() == 1);
  CHECK(loaded.series[1].points[0].t_s == 60.25);
  CHECK(loaded.series[1].points[0].value == 60.25 / 3);

  REQUIRE(loaded.events.size() == 1);
  CHECK(loaded.events[0].t_s == 60.25);
  CHECK(loaded.events[0].kind == "warning");
  CHECK(loaded.events[0].message == "something, 'quoted'");
}

TEST_CASE("stacks come back with modules, frames, points and survivors") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.Write(SampleTick(60)));
  REQUIRE(writer.Write(SampleTick(120)));

  const RunData loaded = LoadOrFail(database, writer.run().id);
  REQUIRE(loaded.modules.size() == 2);
  CHECK(loaded.modules[0].build_id == "aabb01");
  CHECK(loaded.modules[0].path == "/usr/bin/my server");
  CHECK(loaded.modules[1].build_id.empty());
  CHECK(loaded.modules[1].path == "/lib/plain.so");

  REQUIRE(loaded.stacks.size() == 2);
  const StackHistory& stack = loaded.stacks[0];
  CHECK(stack.stack.target == loaded.targets[0].id);
  CHECK(stack.stack.ledger == 0);
  CHECK(stack.stack.slot == 7);
  CHECK(stack.stack.is_truncated);
  CHECK(stack.stack.kind == StackKind::kHeap);
  CHECK(loaded.stacks[1].stack.kind == StackKind::kMapping);
  CHECK(stack.stack.frames ==
        std::vector<Frame>{{loaded.modules[0].id, 0x1234}, {loaded.modules[1].id, 0x9abc}});
  CHECK(loaded.stacks[1].stack.frames ==
        std::vector<Frame>{{ModuleId{0}, 0x7fff'0000'1111}, {loaded.modules[0].id, 0x1300}});
  CHECK_FALSE(loaded.stacks[1].stack.is_truncated);

  REQUIRE(stack.points.size() == 2);
  const StackPoint& point = stack.points[1];
  CHECK(point.t_s == 120);
  CHECK(point.alloc_bytes == 4120.5);
  CHECK(point.alloc_objects == 40);
  CHECK(point.free_bytes == 3000.25);
  CHECK(point.free_objects == 30);
  CHECK(point.live_bytes == 1120.25);
  CHECK(point.live_objects == 10);
  CHECK(point.live_variance == 99.5);
  CHECK(point.alloc_samples == 4);
  CHECK(point.live_samples == 1);

  REQUIRE(stack.survivors.size() == 2);
  CHECK(stack.survivors[0].born_from_s == -3.5);
  CHECK(stack.survivors[0].born_to_s == 10);
  CHECK(stack.survivors[0].samples == 1);
  CHECK(stack.survivors[0].bytes == 600.5);
  CHECK(stack.survivors[0].variance == 12.25);
}

TEST_CASE("a snapshot replaces the survivors of its own ledger only") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.Write(SampleTick(60)));
  Tick after_exec = SampleTick(120);
  after_exec.targets[0].heap->ledger = 1;
  REQUIRE(writer.Write(after_exec));
  after_exec.t_s = 180;
  after_exec.targets[0].heap->survivors = {{9, {100, 110, 3, 7, 1}}};
  REQUIRE(writer.Write(after_exec));

  const RunData loaded = LoadOrFail(database, writer.run().id);
  CHECK(loaded.targets.size() == 1);
  REQUIRE(loaded.stacks.size() == 4);
  CHECK(loaded.stacks[0].survivors.size() == 2);
  CHECK(loaded.stacks[1].survivors.size() == 1);
  CHECK(loaded.stacks[2].stack.ledger == 1);
  CHECK(loaded.stacks[2].survivors.empty());
  REQUIRE(loaded.stacks[3].survivors.size() == 1);
  CHECK(loaded.stacks[3].survivors[0].samples == 3);
}

TEST_CASE("an older ledger has longer windows: the later state stays, with the least of both") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  const auto write = [&](RunWriter& to, double t_s, HeapWindow window, uint64_t least) {
    Tick tick = SampleTick(t_s);
    HeapDelta& heap = *tick.targets[0].heap;
    heap.window = window;
    heap.ledger_started_s = -2;
    for (auto& [slot, point] : heap.changed) point.least_live_samples = least;
    REQUIRE(to.Write(tick));
  };
  write(writer, 1, {4, 1}, 7);
  write(writer, 1.1, {4, 1}, 6);  // in place of the one before
  write(writer, 1.25, {5, 1}, 9);
  write(writer, 1.5, {6, 1}, 8);
  write(writer, 1.75, {7, 1}, 5);
  write(writer, 2.25, {9, 1}, 3);
  CHECK(LoadOrFail(database, writer.run().id).stacks[0].points.size() == 5);

  // Two doublings at once, and by a writer that knows nothing of before.
  auto resumed = RunWriter::Resume(database, writer.run().id);
  REQUIRE(resumed);
  write(*resumed, 4, {16, 4}, 2);
  const RunData loaded = LoadOrFail(database, writer.run().id);
  for (const StackHistory& stack : loaded.stacks) {
    CHECK(stack.observed_from_s == -2);
    REQUIRE(stack.points.size() == 3);
    CHECK(stack.points[0].t_s == 1.75);
    CHECK(stack.points[0].least_live_samples == 5);
    CHECK(stack.points[1].t_s == 2.25);
    CHECK(stack.points[2].t_s == 4);
  }
}

TEST_CASE("survivors that changed are replaced, those without samples go") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.Write(SampleTick(60)));
  Tick tick = SampleTick(120);
  tick.targets[0].heap->are_survivors_whole = false;
  tick.targets[0].heap->survivors = {{7, {-3.5, 10, 0, 0, 0}}, {9, {1, 2, 5, 50, 0}}};
  REQUIRE(writer.Write(tick));
  const RunData loaded = LoadOrFail(database, writer.run().id);
  REQUIRE(loaded.stacks[0].survivors.size() == 1);
  CHECK(loaded.stacks[0].survivors[0].born_from_s == 10);
  REQUIRE(loaded.stacks[1].survivors.size() == 2);
  CHECK(loaded.stacks[1].survivors[1].samples == 5);
}

TEST_CASE("what the ledger has not announced is stored without module or frames") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  Tick tick = SampleTick(60);
  tick.targets[0].heap->new_modules.clear();
  tick.targets[0].heap->changed.push_back({0, {60, 5, 1, 0, 0, 5, 1, 0, 1, 1}});
  REQUIRE(writer.Write(tick));
  const RunData loaded = LoadOrFail(database, writer.run().id);
  CHECK(loaded.modules.empty());
  CHECK(loaded.stacks.at(0).stack.frames.at(0) == Frame{ModuleId{0}, 0x1234});
  CHECK(loaded.stacks.at(2).stack.slot == 0);
  CHECK(loaded.stacks.at(2).stack.frames.empty());
  CHECK(loaded.stacks.at(2).points.at(0).live_bytes == 5);
}

TEST_CASE("a value that is not finite leaves a gap") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  Tick tick = SampleTick(60);
  tick.targets[0].measurements[0].value = std::numeric_limits<double>::quiet_NaN();
  tick.targets[0].measurements[1].value = std::numeric_limits<double>::infinity();
  REQUIRE(writer.Write(tick));
  CHECK(LoadOrFail(database, writer.run().id).series.empty());
}

TEST_CASE("a resumed run goes on without duplicates") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  RunId id{};
  {
    Database database = OpenOrFail(path);
    RunWriter writer = BeginOrFail(database);
    id = writer.run().id;
    REQUIRE(writer.Write(SampleTick(60)));
  }
  Database database = OpenOrFail(path);
  const int64_t rows = CountRows(database);
  auto writer = RunWriter::Resume(database, id);
  REQUIRE(writer);
  CHECK(writer->run().name == "soak");
  CHECK(writer->run().duration_s == 60);
  SECTION("when the ledger announces everything again") {
    REQUIRE(writer->Write(SampleTick(120)));
  }
  SECTION("when the ledger announces only what is new") {
    Tick tick = SampleTick(120);
    tick.targets[0].heap->new_modules.clear();
    tick.targets[0].heap->new_stacks.clear();
    REQUIRE(writer->Write(tick));
    tick.targets[0].heap->new_stacks = {
        {{}, {}, 0, 11, false, StackKind::kHeap, {{ModuleId{1}, 0x77}}}};
    REQUIRE(writer->Write(tick));
    const RunData loaded = LoadOrFail(database, id);
    CHECK(loaded.stacks.at(2).stack.frames.at(0) == Frame{loaded.modules.at(0).id, 0x77});
    REQUIRE(database.Run("DELETE FROM stack WHERE slot = 11"));
    REQUIRE(database.Run("DELETE FROM event WHERE event_id = 3"));
  }
  // 2 points, 2 stack points, 1 event; targets, series, modules, stacks, frames are known.
  CHECK(CountRows(database) == rows + 5);
  CHECK(LoadOrFail(database, id).targets.at(0).first_seen_s == 0);
}

TEST_CASE("a finished or unknown run is not resumed") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.Finish(77.5, 137));
  const RunData loaded = LoadOrFail(database, writer.run().id);
  CHECK(loaded.run.is_finished);
  CHECK(loaded.run.duration_s == 77.5);
  CHECK(loaded.run.target_exit == 137);
  CHECK(RunWriter::Resume(database, writer.run().id).error().code == Errc::kInvalidArgument);
  CHECK(RunWriter::Resume(database, RunId{99}).error().code == Errc::kNotFound);
}

TEST_CASE("a tick that met a full disk is undone and can be written again") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  Database database = OpenOrFail(path);
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.Write(SampleTick(1)));
  const int64_t rows = CountRows(database);
  const int64_t pages = **database.QueryValue<int64_t>("PRAGMA page_count");
  const Tick large = LargeTick(2, 50, 500);
  // The failure comes at a different row each time: series, stacks, frames, points, survivors.
  for (const int64_t spare : {0, 1, 3, 10, 40}) {
    const std::string limit = "PRAGMA max_page_count = " + std::to_string(pages + spare);
    REQUIRE(database.RunScript(limit.c_str()));
    const auto written = writer.Write(large);
    REQUIRE_FALSE(written);
    CHECK(written.error().code == Errc::kIo);
    CHECK(written.error().message.find(path + ": disk full") == 0);
    CHECK_FALSE(database.is_in_transaction());
    CHECK(CountRows(database) == rows);
    CHECK(writer.run().duration_s == 1);
  }
  REQUIRE(database.RunScript("PRAGMA max_page_count = 1000000"));
  REQUIRE(writer.Write(large));
  REQUIRE(writer.Write(SampleTick(3)));
  const RunData loaded = LoadOrFail(database, writer.run().id);
  CHECK(loaded.run.duration_s == 3);
  CHECK(loaded.series.size() == 52);
  CHECK(loaded.stacks.size() == 500);  // slots 7 and 9 are among them
  CHECK(loaded.stacks.at(499).stack.frames.size() == 20);
}

TEST_CASE("a tick written twice is stored once") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  Tick tick = SampleTick(60);
  tick.events.clear();
  REQUIRE(writer.Write(tick));
  const int64_t rows = CountRows(database);
  REQUIRE(writer.Write(tick));
  CHECK(CountRows(database) == rows);
}

TEST_CASE("a target that left the ticks for a while is known again") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  Tick without = SampleTick(120);
  without.targets[0].target = SampleTarget(5000);
  REQUIRE(writer.Write(SampleTick(60)));
  REQUIRE(writer.Write(without));
  REQUIRE(writer.Write(SampleTick(180)));
  const RunData loaded = LoadOrFail(database, writer.run().id);
  CHECK(loaded.targets.size() == 2);
  CHECK(loaded.series.size() == 4);
  CHECK(loaded.series.at(0).points.size() == 2);
  CHECK(loaded.stacks.size() == 4);
  CHECK(loaded.modules.size() == 2);
}

TEST_CASE("a run without a name is called after its program and its id") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  Run run = SampleRun();
  run.name.clear();
  CHECK(BeginOrFail(database, run).run().name == "my server-1");
  run.command.clear();
  CHECK(BeginOrFail(database, run).run().name == "run-2");
}

TEST_CASE("what becomes known of a run later is stored") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  Run changed = writer.run();
  changed.name.clear();
  changed.limit_bytes = 1 << 30;
  changed.limit_source = "RLIMIT_AS";
  changed.tick_s = 1;
  REQUIRE(writer.UpdateRun(changed));
  const Run stored = *GetRun(database, writer.run().id);
  CHECK(stored.name == "soak");
  CHECK(stored.limit_bytes == 1 << 30);
  CHECK(stored.limit_source == "RLIMIT_AS");
  CHECK(stored.tick_s == 1);
  CHECK(stored.command == SampleRun().command);
}

TEST_CASE("deleting a run removes all of its rows, and its writer is told") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.Write(SampleTick(60)));
  REQUIRE(database.Run("DELETE FROM run WHERE run_id = ?", writer.run().id));
  CHECK(CountRows(database) == 2);  // the modules
  const auto written = writer.Write(SampleTick(120));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == Errc::kNotFound);
  CHECK(CountRows(database) == 2);
  CHECK(static_cast<int64_t>(BeginOrFail(database).run().id) == 2);
}

TEST_CASE("a tick that may have been stored is stored once, its events too") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  RunWriter writer = BeginOrFail(database);
  REQUIRE(writer.WriteUnlessStored(SampleTick(0.5)));
  REQUIRE(writer.Write(SampleTick(60.25)));
  const int64_t rows = CountRows(database);
  for (const double t_s : {0.5, 60.25}) REQUIRE(writer.WriteUnlessStored(SampleTick(t_s)));
  // The same for whoever goes on with it.
  auto resumed = RunWriter::Resume(database, writer.run().id);
  REQUIRE(resumed);
  REQUIRE(resumed->WriteUnlessStored(SampleTick(60.25)));
  CHECK(CountRows(database) == rows);
  CHECK(LoadOrFail(database, writer.run().id).events.size() == 2);
  REQUIRE(resumed->WriteUnlessStored(SampleTick(60.5)));
  CHECK(LoadOrFail(database, writer.run().id).events.size() == 3);
}

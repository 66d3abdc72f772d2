// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/queries.h"

#include <catch2/catch.hpp>
#include <string>

#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;

namespace {

RunId BeginNamed(Database& database, const std::string& name) {
  Run run = SampleRun();
  run.name = name;
  return RunWriter::Begin(database, run)->run().id;
}

}  // namespace

TEST_CASE("runs are listed newest first") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  CHECK(ListRuns(database)->empty());
  const RunId first = BeginNamed(database, "a");
  const RunId second = BeginNamed(database, "b");
  const auto runs = ListRuns(database);
  REQUIRE(runs->size() == 2);
  CHECK(runs->at(0).id == second);
  CHECK(runs->at(1).id == first);
  CHECK(runs->at(1).command == SampleRun().command);
}

TEST_CASE("a run is found as the latest, by id, and by the newest of a name") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const RunId first = BeginNamed(database, "web");
  const RunId second = BeginNamed(database, "web");
  const RunId third = BeginNamed(database, "1");
  const RunId fourth = BeginNamed(database, "77");
  CHECK(FindRun(database, "latest")->id == fourth);
  CHECK(FindRun(database, "web")->id == second);
  CHECK(FindRun(database, "1")->id == first);
  CHECK(FindRun(database, "3")->id == third);
  CHECK(FindRun(database, "77")->id == fourth);
}

TEST_CASE("a run that is not there is reported with those that are") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  Database database = OpenOrFail(path);
  for (const char* text : {"latest", "5", "web", ""}) {
    const auto found = FindRun(database, text);
    REQUIRE_FALSE(found);
    CHECK(found.error().code == Errc::kNotFound);
    CHECK(found.error().message == "no run '" + std::string(text) + "' in " + path +
                                       ": it holds no runs yet; record one with: seep run -- CMD");
  }
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g"}) BeginNamed(database, name);
  CHECK(FindRun(database, "web").error().message ==
        "no run 'web' in " + path +
            ": it holds g (7), f (6), e (5), d (4), c (3) and 2 more: seep list");
  CHECK(LoadRun(database, RunId{8}).error().code == Errc::kNotFound);
}

TEST_CASE("the unfinished run of a process is found by its identity") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  auto writer = RunWriter::Begin(database, SampleRun());
  const Target target = SampleTarget();
  const std::string boot_id = SampleRun().boot_id;
  const auto find = [&](const std::string& boot, int pid, uint64_t start_ticks) {
    return FindUnfinishedRun(database, boot, pid, start_ticks).value();
  };
  CHECK_FALSE(find(boot_id, target.pid, target.start_ticks));
  REQUIRE(writer->Write(SampleTick(1)));
  CHECK(find(boot_id, target.pid, target.start_ticks) == writer->run().id);
  CHECK_FALSE(find("another boot", target.pid, target.start_ticks));
  CHECK_FALSE(find(boot_id, target.pid + 1, target.start_ticks));
  CHECK_FALSE(find(boot_id, target.pid, target.start_ticks + 1));
  REQUIRE(writer->Finish(2, std::nullopt));
  CHECK_FALSE(find(boot_id, target.pid, target.start_ticks));
}

TEST_CASE("a run is loaded without the rows of others") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  auto first = RunWriter::Begin(database, SampleRun());
  auto second = RunWriter::Begin(database, SampleRun());
  REQUIRE(first->Write(SampleTick(1)));
  REQUIRE(second->Write(SampleTick(1)));
  REQUIRE(first->Write(SampleTick(2)));
  const auto loaded = LoadRun(database, second->run().id);
  CHECK(loaded->targets.size() == 1);
  CHECK(loaded->series.size() == 2);
  CHECK(loaded->series.at(0).points.size() == 1);
  CHECK(loaded->stacks.size() == 2);
  CHECK(loaded->stacks.at(0).survivors.size() == 2);
  CHECK(loaded->modules.size() == 2);
  CHECK(loaded->events.size() == 1);
  const auto series = LoadRunSeries(database, second->run().id);
  CHECK(series->run.duration_s == loaded->run.duration_s);
  CHECK(series->targets.size() == 1);
  REQUIRE(series->series.size() == 2);
  CHECK(series->series.at(1).points.size() == loaded->series.at(1).points.size());
  CHECK(series->stacks.empty());
}

TEST_CASE("an unfinished run is found by what an event of it says") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const auto begin = [&](const std::string& token) {
    auto writer = RunWriter::Begin(database, SampleRun());
    Tick tick = SampleTick(1);
    tick.events = {{1, "token", token}};
    REQUIRE(writer->Write(tick));
    return std::move(*writer);
  };
  RunWriter first = begin("abc");
  RunWriter second = begin("def");
  const std::string boot = SampleRun().boot_id;
  CHECK(FindUnfinishedRunByEvent(database, boot, "token", "abc")->value() == first.run().id);
  CHECK(FindUnfinishedRunByEvent(database, boot, "token", "def")->value() == second.run().id);
  CHECK_FALSE(FindUnfinishedRunByEvent(database, boot, "token", "xyz")->has_value());
  CHECK_FALSE(FindUnfinishedRunByEvent(database, boot, "start", "abc")->has_value());
  CHECK_FALSE(FindUnfinishedRunByEvent(database, "another", "token", "abc")->has_value());
  CHECK(FindEvent(database, second.run().id, "token")->value() == "def");
  CHECK_FALSE(FindEvent(database, second.run().id, "service")->has_value());
  REQUIRE(first.Finish(2, std::nullopt));
  CHECK_FALSE(FindUnfinishedRunByEvent(database, boot, "token", "abc")->has_value());
}

TEST_CASE("what a process that has ended does not tell any more stays") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  auto writer = RunWriter::Begin(database, SampleRun());
  REQUIRE(writer->Write(SampleTick(1)));
  const Target before = LoadRun(database, writer->run().id)->targets.at(0);
  auto resumed = RunWriter::Resume(database, writer->run().id);
  Tick last;
  last.t_s = 5;
  last.targets.resize(1);
  Target& ended = last.targets[0].target;
  ended.pid = before.pid;
  ended.start_ticks = before.start_ticks;
  ended.first_seen_s = ended.last_seen_s = 5;
  REQUIRE(resumed->Write(last));
  const Target after = LoadRun(database, writer->run().id)->targets.at(0);
  CHECK(after.exe == before.exe);
  CHECK(after.command_line == before.command_line);
  CHECK(after.parent_pid == before.parent_pid);
  CHECK(after.first_seen_s == before.first_seen_s);
  CHECK(after.last_seen_s == 5);
}

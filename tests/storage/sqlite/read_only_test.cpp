// SPDX-License-Identifier: Apache-2.0
// Opening for reading: beside a writer, after a killed one, and where nothing can be written.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using seep::model::Errc;

namespace {

// Leaves a database of one run with `ticks` ticks whose writer was killed, log and all.
void LeaveKilledWriter(const std::string& path, int ticks) {
  RunAndKill([&] {
    auto* database = new Database(OpenOrFail(path));
    auto writer = RunWriter::Begin(*database, SampleRun());
    for (int t = 1; t <= ticks; ++t) {
      if (!writer->Write(SampleTick(t))) return false;
    }
    return true;
  });
  REQUIRE(std::filesystem::file_size(path + "-wal") > 0);
}

size_t CountPoints(const std::string& path) {
  auto database = Database::Open(path, OpenMode::kReadOnly);
  INFO((database ? "" : database.error().message));
  REQUIRE(database);
  const auto loaded = LoadRun(*database, seep::model::RunId{1});
  REQUIRE(loaded);
  return loaded->series.at(0).points.size();
}

}  // namespace

TEST_CASE("a missing database is not found, and not made, when opened for reading") {
  const TempDir dir;
  const auto opened = Database::Open(dir.File("seep.db"), OpenMode::kReadOnly);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::kNotFound);
  CHECK(opened.error().message.find(dir.File("seep.db")) == 0);
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("a database opened for reading cannot be written") {
  const TempDir dir;
  OpenOrFail(dir.File("seep.db"));
  auto database = Database::Open(dir.File("seep.db"), OpenMode::kReadOnly);
  REQUIRE(database);
  const auto begun = RunWriter::Begin(*database, SampleRun());
  REQUIRE_FALSE(begun);
  CHECK(begun.error().code == Errc::kIo);
}

TEST_CASE("a reader recovers the log of a killed writer") {
  const TempDir dir;
  LeaveKilledWriter(dir.File("seep.db"), 3);
  CHECK(CountPoints(dir.File("seep.db")) == 3);
}

TEST_CASE("a killed writer's database is read in a folder that cannot be written") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  LeaveKilledWriter(path, 3);
  REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
  {
    const Unprivileged unprivileged;
    CHECK(CountPoints(path) == 3);
  }
  // Without the index of the log SQLite cannot read it; to read around it would lose ticks.
  std::filesystem::remove(path + "-shm");
  const Unprivileged unprivileged;
  const auto opened = Database::Open(path, OpenMode::kReadOnly);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Errc::kIo);
  CHECK(opened.error().message.find("-wal") != std::string::npos);
}

TEST_CASE("a cleanly closed database is read in a folder that cannot be written") {
  const TempDir dir;
  const std::string path = dir.File("se?ep%20#.db");
  {
    Database database = OpenOrFail(path);
    auto writer = RunWriter::Begin(database, SampleRun());
    REQUIRE(writer->Write(SampleTick(1)));
  }
  REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
  const Unprivileged unprivileged;
  CHECK(CountPoints(path) == 1);
}

TEST_CASE("a reader sees whole ticks of an active writer, and one state while it reads") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  Database writing = OpenOrFail(path);
  auto writer = RunWriter::Begin(writing, SampleRun());
  REQUIRE(writer->Write(SampleTick(1)));
  auto reading = Database::Open(path, OpenMode::kReadOnly);
  REQUIRE(reading);
  CHECK(LoadRun(*reading, writer->run().id)->series.at(0).points.size() == 1);
  {
    const auto snapshot = Transaction::Start(*reading, Transaction::Kind::kRead);
    CHECK(*reading->QueryValue<int>("SELECT count(*) FROM point") == 2);
    REQUIRE(writer->Write(SampleTick(2)));
    CHECK(*reading->QueryValue<int>("SELECT count(*) FROM point") == 2);
  }
  CHECK(LoadRun(*reading, writer->run().id)->series.at(0).points.size() == 2);
}

TEST_CASE("a reader that comes and goes does not take the writer's locks away") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  Database writing = OpenOrFail(path);
  auto writer = RunWriter::Begin(writing, SampleRun());
  auto open = Transaction::Start(writing, Transaction::Kind::kWrite);
  REQUIRE(open);
  CHECK(Database::Open(path, OpenMode::kReadOnly));
  // In another process, as POSIX locks do not bind this one.
  RunAndKill([&] {
    auto other = Database::Open(path, OpenMode::kReadWrite);
    if (!other || !other->RunScript("PRAGMA busy_timeout = 0")) return false;
    const auto begun = RunWriter::Begin(*other, SampleRun());
    return !begun && begun.error().code == Errc::kBusy;
  });
}

// SPDX-License-Identifier: Apache-2.0
// A database whose file is deleted, renamed or replaced while it is open.
#include <catch2/catch.hpp>
#include <filesystem>

#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;
namespace fs = std::filesystem;

namespace {

// A database with a run of three ticks.
struct Open {
  TempDir folder;
  std::string path = folder.File("seep.db");
  Database database = OpenOrFail(path);
  RunWriter writer = *RunWriter::Begin(database, SampleRun());

  Open() {
    for (int t = 1; t <= 3; ++t) REQUIRE(writer.Write(LargeTick(t, 3, 4)));
  }

  // Whole, with `ticks` ticks, as another process sees it.
  void CheckFile(size_t ticks) const {
    CHECK(Ask(path, "PRAGMA integrity_check") == "ok");
    Database other = OpenOrFail(path);
    const auto loaded = LoadRun(other, writer.run().id);
    REQUIRE(loaded);
    CHECK(loaded->run.duration_s == double(ticks));
    REQUIRE(loaded->series.size() == 3);
    for (const SeriesData& series : loaded->series) CHECK(series.points.size() == ticks);
    CHECK(loaded->stacks.size() == 4);
  }
};

}  // namespace

TEST_CASE("a deleted database is made anew with all that it held, and written on") {
  Open open;
  CHECK_FALSE(open.database.has_moved());
  const bool with_log = GENERATE(false, true);
  fs::remove(open.path);
  if (with_log) {
    fs::remove(open.path + "-wal");
    fs::remove(open.path + "-shm");
  }
  CHECK(open.database.has_moved());
  REQUIRE(open.writer.Write(LargeTick(4, 3, 4)));  // the open file still takes it
  REQUIRE(open.database.Restore());
  CHECK_FALSE(open.database.has_moved());
  open.CheckFile(4);
  for (int t = 5; t <= 50; ++t) REQUIRE(open.writer.Write(LargeTick(t, 3, 4)));
  open.CheckFile(50);
  // And again.
  fs::remove(open.path);
  REQUIRE(open.database.Restore());
  open.CheckFile(50);
  for (const auto& entry : fs::directory_iterator(open.folder.path())) {
    CHECK(entry.path().filename().string().find("restored") == std::string::npos);
  }
}

TEST_CASE("what else is at the path of a deleted database is left alone") {
  Open open;
  fs::remove(open.path);
  WriteFile(open.path, "Dear diary");
  CHECK(open.database.has_moved());
  const auto refused = open.database.Restore();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::kUnsupported);
  CHECK(refused.error().message.find(open.path) != std::string::npos);
  CHECK(ReadFile(open.path) == "Dear diary");
  fs::remove(open.path);
  REQUIRE(open.database.Restore());
  open.CheckFile(3);
}

TEST_CASE("a renamed database stays whole, and the run goes on in a new one") {
  Open open;
  const std::string moved = open.folder.File("old.db");
  fs::rename(open.path, moved);
  REQUIRE(open.database.Restore());
  REQUIRE(open.writer.Write(LargeTick(4, 3, 4)));
  open.CheckFile(4);
  CHECK(Ask(moved, "PRAGMA integrity_check") == "ok");
  CHECK(Ask(moved, "SELECT count(*) FROM point") == "9");
}

TEST_CASE("a folder that cannot be written is an error that can be repeated") {
  Open open;
  fs::remove(open.path);
  fs::permissions(open.folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
  {
    const Unprivileged unprivileged;
    CHECK_FALSE(open.database.Restore());
  }
  CHECK(open.database.has_moved());
  fs::permissions(open.folder.path(), fs::perms::owner_all);
  REQUIRE(open.database.Restore());
  open.CheckFile(3);
}

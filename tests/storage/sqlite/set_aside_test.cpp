// SPDX-License-Identifier: Apache-2.0
// Files that are damaged: moved away whole, with their logs, and a new one in their place.
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

std::vector<std::string> SetAsideFiles(const TempDir& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename();
    if (name.find("-damaged-") != std::string::npos) names.push_back(name);
  }
  return names;
}

// A database with a run, closed: no log beside it.
std::string MakeWhole(const std::string& path) {
  {
    Database database = OpenOrFail(path);
    auto writer = *RunWriter::Begin(database, SampleRun());
    for (int t = 1; t <= 20; ++t) REQUIRE(writer.Write(LargeTick(t, 10, 20)));
  }
  return ReadFile(path);
}

}  // namespace

TEST_CASE("a damaged file is set aside under an open connection, with its log") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  Database database = OpenOrFail(path);
  auto writer = *RunWriter::Begin(database, SampleRun());
  REQUIRE(writer.Write(LargeTick(1, 3, 4)));
  const std::string log = ReadFile(path + "-wal");
  const auto name = database.SetAside();
  REQUIRE(name);
  CHECK(name->starts_with(path + "-damaged-"));
  CHECK(ReadFile(*name + "-wal") == log);
  CHECK_FALSE(database.has_moved());
  CHECK(Ask(path, "SELECT count(*) FROM run") == "0");
  // The run goes on under its number, with what is measured from now on.
  const RunId id = writer.run().id;
  REQUIRE(writer.BeginAgain());
  REQUIRE(writer.Write(LargeTick(2, 3, 4)));
  CHECK(writer.run().id == id);
  CHECK(Ask(path, "SELECT count(*) FROM point") == "3");
  CHECK(Ask(path, "PRAGMA integrity_check") == "ok");
  // Within the same second: another name.
  const auto second = database.SetAside();
  REQUIRE(second);
  CHECK(*second != *name);
  CHECK(fs::exists(*name));
}

TEST_CASE("a file that is damaged when it is opened is set aside when it was seep's") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  std::string content = MakeWhole(path);
  SECTION("its header is zeroed") {
    content.replace(0, 100, 100, '\0');
  }
  SECTION("its magic is") {
    content.replace(0, 16, 16, 'x');
  }
  SECTION("it is cut within the first page") {
    content.resize(90);
  }
  WriteFile(path, content);
  CHECK_FALSE(Database::Open(path, OpenMode::kReadWriteCreate));
  {
    auto database = Database::OpenOrSetAside(path);
    REQUIRE(database);
    CHECK(database->notice().find("was moved to " + path + "-damaged-") != std::string::npos);
    CHECK(database->notice().find('\n') == std::string::npos);
    CHECK(RunWriter::Begin(*database, SampleRun()));
  }
  const auto aside = SetAsideFiles(folder);
  REQUIRE(aside.size() == 1);
  CHECK(ReadFile(folder.File(aside.front())) == content);
}

TEST_CASE("a file of somebody else is left where it is") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  const std::string content = GENERATE("Dear diary", "SQLite format 2");
  WriteFile(path, content);
  const auto database = Database::OpenOrSetAside(path);
  REQUIRE_FALSE(database);
  CHECK(ReadFile(path) == content);
  CHECK(SetAsideFiles(folder).empty());
}

TEST_CASE("a whole file is opened, and found whole; a damaged page is found") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  std::string content = MakeWhole(path);
  CHECK_FALSE(Database::OpenOrSetAside(path)->IsDamaged());
  CHECK(SetAsideFiles(folder).empty());
  content.replace(4096 * 3, 4096, 4096, 'x');
  WriteFile(path, content);
  auto damaged = Database::Open(path, OpenMode::kReadWrite);
  CHECK((!damaged || damaged->IsDamaged()));
}

TEST_CASE("a stack that was changed before it was announced gets its frames when it is") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  Database database = OpenOrFail(path);
  auto writer = *RunWriter::Begin(database, SampleRun());
  Tick changed = LargeTick(1, 0, 4);
  changed.targets.front().heap->new_stacks.clear();
  changed.targets.front().heap->new_modules.clear();
  REQUIRE(writer.Write(changed));
  CHECK(Ask(path, "SELECT count(*) FROM stack_frame") == "0");
  const bool is_restarted = GENERATE(false, true);
  if (is_restarted) writer = *RunWriter::Resume(database, writer.run().id);
  REQUIRE(writer.Write(LargeTick(2, 0, 4)));
  CHECK(Ask(path, "SELECT count(*) FROM stack") == "4");
  CHECK(Ask(path, "SELECT count(*) FROM stack_frame") == "80");
}

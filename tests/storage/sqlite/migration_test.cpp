// SPDX-License-Identifier: Apache-2.0
// Databases of versions 3 and 4, made from the text of their schemas as they were (schema_v3.sql,
// schema_v4.sql).
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "storage/sqlite/database.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using seep::model::Errc;
using seep::model::RunData;
using seep::model::RunId;

namespace {

// A run that goes on, with a series of two points and a stack of two windows.
constexpr char kRows[] = R"(
INSERT INTO run VALUES (1, 'soak', 1790000000000000000, 60, 0, NULL, 'box', 'boot', '0.1.0',
  131072, 5, 60, 0, '');
INSERT INTO target VALUES (1, 1, 4711, 987654, 1, '/usr/bin/s', 's', 'active', 0, 60, NULL);
INSERT INTO series VALUES (1, 1, 'rss_anon', 'bytes');
INSERT INTO point VALUES (1, 5, 1, 100), (1, 10, 1, 300);
INSERT INTO ledger VALUES (1, 0, 0, 1);
INSERT INTO stack VALUES (1, 1, 0, 7, 0, 0);
INSERT INTO stack_point VALUES (1, 20, 1, 5, 10, 1, 0, 0, 10, 1, 0, 1, 1, 0, 1, 0),
  (1, 40, 1, 10, 20, 2, 0, 0, 20, 2, 0, 2, 2, 0, 2, 0);
CREATE VIEW of_a_user AS SELECT value FROM v_point;
)";

std::string MakeVersion3(const TempDir& dir) {
  const std::string path = dir.File("old.db");
  Ask(path, ReadFile(SEEP_SCHEMA_V3));
  Ask(path, kRows);
  REQUIRE(Ask(path, "PRAGMA user_version") == "3");
  REQUIRE(Ask(path, "SELECT count(*) FROM point") == "2");
  return path;
}

// Every table with its columns, every index and view with its text.
std::string Shape(const std::string& path) {
  return Ask(path,
             "SELECT group_concat(line, char(10)) FROM (SELECT CASE type WHEN 'table' THEN name || "
             "(SELECT group_concat(c.name || ' ' || c.type || c.\"notnull\" || c.pk) "
             "FROM pragma_table_info(s.name) c) ELSE name || coalesce(sql, '') END AS line "
             "FROM sqlite_schema s WHERE name != 'of_a_user' ORDER BY name)");
}

}  // namespace

TEST_CASE("a database of version 3 becomes one like a new one, with its runs") {
  const TempDir dir;
  const std::string path = MakeVersion3(dir);
  {
    Database database = OpenOrFail(path);
    CHECK(database.notice().empty());
    auto writer = RunWriter::Resume(database, RunId{1});
    REQUIRE(writer);
    REQUIRE(writer->Write(SampleTick(70)));
    const auto loaded = LoadRun(database, RunId{1});
    REQUIRE(loaded);
    REQUIRE(loaded->series.size() == 2);
    CHECK(loaded->series[0].points.size() == 3);
    CHECK(loaded->stacks.at(0).points.size() == 3);
  }
  const std::string fresh = dir.File("new.db");
  { const Database database = OpenOrFail(fresh); }
  CHECK(Shape(path) == Shape(fresh));
  CHECK(Ask(path, "PRAGMA user_version") == "6");
  CHECK(Ask(path, "PRAGMA auto_vacuum") == "2");
  CHECK(Ask(fresh, "PRAGMA auto_vacuum") == "2");
  CHECK(Ask(path, "SELECT max_value FROM v_series WHERE metric = 'rss_anon'") == "1000000070.0");
  CHECK(Ask(path, "SELECT count(*) FROM of_a_user") == "4");
  CHECK(Ask(path, "PRAGMA integrity_check") == "ok");
}

TEST_CASE("a database of version 4 becomes one like a new one") {
  const TempDir dir;
  const std::string path = dir.File("old.db");
  Ask(path, ReadFile(SEEP_SCHEMA_V4));
  REQUIRE(Ask(path, "PRAGMA user_version") == "4");
  {
    const auto read = Database::Open(path, OpenMode::kReadOnly);
    REQUIRE(read);
  }
  { const Database database = OpenOrFail(path); }
  const std::string fresh = dir.File("new.db");
  { const Database database = OpenOrFail(fresh); }
  CHECK(Shape(path) == Shape(fresh));
  CHECK(Ask(path, "PRAGMA user_version") == "6");
}

TEST_CASE("a migration that fails leaves the old file as it was") {
  const TempDir dir;
  const std::string path = MakeVersion3(dir);
  Ask(path, "CREATE TABLE window_merge (in_the_way)");
  const std::string before = ReadFile(path);
  const auto opened = Database::Open(path, OpenMode::kReadWrite);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message.find(path) == 0);
  CHECK(opened.error().message.find("left at version 3") != std::string::npos);
  CHECK(opened.error().message.find('\n') == std::string::npos);
  CHECK(ReadFile(path) == before);
}

TEST_CASE("a database of version 3 can be read without being changed") {
  const TempDir dir;
  const std::string path = MakeVersion3(dir);
  const std::string before = ReadFile(path);
  const auto read = [&] {
    auto database = Database::Open(path, OpenMode::kReadOnly);
    REQUIRE(database);
    const auto loaded = LoadRun(*database, RunId{1});
    REQUIRE(loaded);
    CHECK(loaded->series.at(0).points.size() == 2);
    CHECK(loaded->stacks.at(0).points.size() == 2);
    CHECK(ListRuns(*database)->size() == 1);
    CHECK_FALSE(database->Run("DELETE FROM point"));
  };
  read();
  CHECK(ReadFile(path) == before);
  SECTION("also in a folder that cannot be written") {
    REQUIRE(chmod(path.c_str(), 0444) == 0);
    REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
    const Unprivileged unprivileged;
    read();
  }
}

TEST_CASE("versions that no release wrote have no migration") {
  const TempDir dir;
  const std::string path = MakeVersion3(dir);
  for (const char* mark : {"PRAGMA user_version = 2", "PRAGMA user_version = 1"}) {
    Ask(path, mark);
    const std::string before = ReadFile(path);
    for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
      const auto opened = Database::Open(path, mode);
      REQUIRE_FALSE(opened);
      CHECK(opened.error().code == Errc::kCorrupt);
      CHECK(opened.error().message.find("there is no older one") != std::string::npos);
    }
    CHECK(ReadFile(path) == before);
  }
}

TEST_CASE("a migration while another process reads is done, and said to be without a vacuum") {
  const TempDir dir;
  const std::string path = MakeVersion3(dir);
  Ask(path, "PRAGMA journal_mode = WAL");
  auto reader = Database::Open(path, OpenMode::kReadOnly);
  REQUIRE(reader);
  auto reading = Transaction::Start(*reader, Transaction::Kind::kRead);
  REQUIRE(reading);
  REQUIRE(reader->QueryValue<int64_t>("SELECT count(*) FROM main.point"));
  Database database = OpenOrFail(path);
  CHECK(**database.QueryValue<int64_t>("PRAGMA user_version") == 6);
  const bool is_shrinkable = **database.QueryValue<int64_t>("PRAGMA auto_vacuum") == 2;
  CHECK(is_shrinkable == database.notice().empty());
}

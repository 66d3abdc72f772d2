// SPDX-License-Identifier: Apache-2.0
// Opening for writing: what is made, what is refused, and that the refused is left alone.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "storage/sqlite/database.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using seep::model::Errc;

namespace {

// Opens what must not open, in every mode; the error of writing is returned.
seep::model::Error Refused(const std::string& path) {
  CHECK_FALSE(Database::Open(path, OpenMode::kReadOnly));
  CHECK_FALSE(Database::Open(path, OpenMode::kReadWrite));
  const auto opened = Database::Open(path, OpenMode::kReadWriteCreate);
  REQUIRE_FALSE(opened);
  const auto error = opened.error();
  INFO(error.message);
  CHECK(error.message.find(path) != std::string::npos);
  CHECK(error.message.find('\n') == std::string::npos);
  return error;
}

std::vector<std::string> Names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename());
  }
  return names;
}

}  // namespace

TEST_CASE("a new database is marked as seep's, versioned, in WAL mode and closed as one file") {
  const TempDir dir;
  const std::string path = dir.File("file:new?#% .db");
  { const Database database = OpenOrFail(path); }
  CHECK(Names(dir.path()) == std::vector<std::string>{"file:new?#% .db"});
  std::filesystem::rename(path, dir.File("plain.db"));
  CHECK(Ask(dir.File("plain.db"), "PRAGMA application_id") == std::to_string(0x53454550));
  CHECK(Ask(dir.File("plain.db"), "PRAGMA user_version") == "6");
  CHECK(Ask(dir.File("plain.db"), "PRAGMA journal_mode") == "wal");
}

TEST_CASE("foreign keys are enforced") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const auto added = database.Run("INSERT INTO run_argument VALUES (?, ?, ?)", 99, 0, "x");
  REQUIRE_FALSE(added);
  CHECK(added.error().code == Errc::kInvalidArgument);
}

TEST_CASE("processes that make the same database at once all succeed") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      auto database = Database::Open(path, OpenMode::kReadWriteCreate);
      const auto begun =
          database ? RunWriter::Begin(*database, SampleRun()) : std::unexpected(database.error());
      if (!begun) std::fprintf(stderr, "%s\n", begun.error().message.c_str());
      _exit(begun ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  Database database = OpenOrFail(path);
  CHECK(ListRuns(database)->size() == 8);
}

TEST_CASE("a database of a newer schema is refused with both versions and the remedy") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  { const Database database = OpenOrFail(path); }
  Ask(path, "PRAGMA user_version = 7");
  const auto error = Refused(path);
  CHECK(error.code == Errc::kUnsupported);
  CHECK(error.message ==
        path +
            " has schema version 7, this seep knows 6; use the newer seep that wrote it, or "
            "name another file with --db FILE or $SEEP_DB");
}

TEST_CASE("a database of a version that never was is damaged") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  { const Database database = OpenOrFail(path); }
  Ask(path, "PRAGMA user_version = 0");
  CHECK(Refused(path).code == Errc::kCorrupt);
}

TEST_CASE("a database of another program is refused and not changed") {
  const TempDir dir;
  const std::string path = dir.File("other.db");
  Ask(path, "CREATE TABLE t (x); INSERT INTO t VALUES (1); SELECT 1");
  const std::string before = ReadFile(path);
  CHECK(Refused(path).code == Errc::kInvalidArgument);
  CHECK(ReadFile(path) == before);
  CHECK(Names(dir.path()) == std::vector<std::string>{"other.db"});
}

TEST_CASE("the log of another program's killed writer is left alone") {
  const TempDir dir;
  const std::string path = dir.File("other.db");
  RunAndKill([&] {
    Ask(path, "PRAGMA journal_mode = WAL");
    // Ask closes, which would remove the log: write through a connection that is never closed.
    auto* leaked = new Database(OpenOrFail(dir.File("seep.db")));
    return leaked->Run("ATTACH ? AS other", path) &&
           leaked->Run("CREATE TABLE other.t (x)").has_value();
  });
  const std::string before = ReadFile(path);
  const std::string log = ReadFile(path + "-wal");
  REQUIRE_FALSE(log.empty());
  Refused(path);
  CHECK(ReadFile(path) == before);
  CHECK(ReadFile(path + "-wal") == log);
}

TEST_CASE("a file that is no database is refused and not changed") {
  const TempDir dir;
  const std::string path = dir.File("garbage.db");
  for (const std::string& garbage : {std::string("x"), std::string(10000, '\0'),
                                     std::string("time_s,value\n1,2\n"), std::string(5000, 'Z')}) {
    WriteFile(path, garbage);
    CHECK(Refused(path).code == Errc::kCorrupt);
    CHECK(ReadFile(path) == garbage);
  }
}

TEST_CASE("a database that was cut short is reported as damaged") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  {
    Database database = OpenOrFail(path);
    auto writer = RunWriter::Begin(database, SampleRun());
    REQUIRE(writer->Write(LargeTick(1, 100, 500)));
  }
  const std::string whole = ReadFile(path);
  for (const size_t kept : {whole.size() / 2, size_t{4096}, size_t{1000}, size_t{50}}) {
    WriteFile(path, whole.substr(0, kept));
    INFO(kept);
    CHECK(Refused(path).code == Errc::kCorrupt);
  }
}

TEST_CASE("damage inside a database is reported as such by the query that meets it") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  {
    Database database = OpenOrFail(path);
    auto writer = RunWriter::Begin(database, SampleRun());
    REQUIRE(writer->Write(LargeTick(1, 100, 500)));
  }
  std::string content = ReadFile(path);
  content.replace(content.size() / 2, content.size() / 2, content.size() / 2, '\x5a');
  WriteFile(path, content);
  Database database = OpenOrFail(path);
  const auto loaded = LoadRun(database, seep::model::RunId{1});
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code == Errc::kCorrupt);
  CHECK(loaded.error().message.find(path) != std::string::npos);
}

TEST_CASE("a path that cannot hold a database is refused by name") {
  const TempDir dir;
  WriteFile(dir.File("file"), "");
  CHECK(Refused("/proc/seep.db").message.find("/proc/seep.db") != std::string::npos);
  CHECK(Refused(dir.File("missing/seep.db")).code == Errc::kNotFound);
  CHECK(Refused(dir.File("file/seep.db")).code == Errc::kNotFound);
  CHECK(Refused(dir.path()).code == Errc::kInvalidArgument);
  CHECK(Refused("/dev/null").code == Errc::kInvalidArgument);
  CHECK(Refused("").code == Errc::kInvalidArgument);
}

TEST_CASE("a file or folder without write permission is named when opened for writing") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  { const Database database = OpenOrFail(path); }
  REQUIRE(chmod(path.c_str(), 0444) == 0);
  REQUIRE(chmod(dir.path().c_str(), 0555) == 0);
  const Unprivileged unprivileged;
  for (const std::string& refused : {path, dir.File("new.db")}) {
    const auto opened = Database::Open(refused, OpenMode::kReadWriteCreate);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::kIo);
    CHECK(opened.error().message.find(refused) == 0);
    CHECK(opened.error().message.find("Permission denied") != std::string::npos);
  }
}

TEST_CASE("an empty file becomes a database when it may be made, and is missing otherwise") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  WriteFile(path, "");
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    const auto opened = Database::Open(path, mode);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::kNotFound);
  }
  OpenOrFail(path);
  CHECK(Database::Open(path, OpenMode::kReadOnly));
}

// SPDX-License-Identifier: Apache-2.0
// A real database that goes away in every way that it can, and comes back: all ticks are there,
// in order, none twice.
#include "agent/watch/tick_store.h"

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "agent/watch/run_lock.h"
#include "storage/sqlite/queries.h"
#include "tests/agent/watch/stored_agent.h"

using namespace seep;
using namespace seep::agent;
using namespace seep::agent::test;
using namespace seep::sqlite::test;
using resilience::BreakerState;
namespace fs = std::filesystem;

TEST_CASE("a database that another process locks: the ticks wait, then are all there") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(10);
  {
    sqlite::Database other = OpenOrFail(agent.path());
    const auto lock = sqlite::Transaction::Start(other, sqlite::Transaction::Kind::kWrite);
    REQUIRE(lock);
    agent.Tick(3);
    CHECK(agent.state() == BreakerState::kOpen);
    CHECK(agent.store().breaker_status().statistics.failures == 3);
    agent.Tick(40);  // 200 s: away for long enough to be on disk
    CHECK(agent.store().breaker_status().statistics.requests < 10 + 3 + 20);
    CHECK(agent.store().spool().ticks_in_memory() == 0);
    CHECK(SpoolFiles(folder.path()) == 1);
  }
  agent.Tick(10);
  CHECK(agent.state() == BreakerState::kClosed);
  CHECK_FALSE(agent.store().is_away());
  CHECK(SpoolFiles(folder.path()) == 0);
  CHECK(agent.Finish());
  CheckStored(agent.path(), agent.ticks());
  const auto events = BreakerEvents(agent.path());
  REQUIRE(events.size() >= 4);
  CHECK(events.front().find("database: closed to open (transient): ") == 0);
  CHECK(events.front().find("busy") != std::string::npos);
  CHECK(events.back() == "database: half-open to closed");
}

TEST_CASE("a lock that ends just before the end costs nothing") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(2);
  {
    sqlite::Database other = OpenOrFail(agent.path());
    const auto lock = sqlite::Transaction::Start(other, sqlite::Transaction::Kind::kWrite);
    agent.Tick(20);
  }
  REQUIRE(agent.state() == BreakerState::kOpen);
  CHECK(agent.Finish());  // does not wait for the back-off
  CheckStored(agent.path(), agent.ticks());
  CHECK(BreakerEvents(agent.path()).back() == "database: half-open to closed");
}

TEST_CASE("a database that has become read-only") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(5);
  REQUIRE(agent.database().RunScript("PRAGMA query_only = ON"));  // SQLITE_READONLY from now on
  agent.Tick(100);
  CHECK(agent.state() != BreakerState::kClosed);
  REQUIRE(agent.database().RunScript("PRAGMA query_only = OFF"));
  agent.Tick(10);
  CHECK(agent.Finish());
  CheckStored(agent.path(), agent.ticks());
}

TEST_CASE("a deleted database is made anew at the next tick, and nothing of it is missing") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(5);
  fs::remove(agent.path());
  if (GENERATE(true, false)) {
    fs::remove(agent.path() + "-wal");
    fs::remove(agent.path() + "-shm");
  }
  agent.Tick(5);
  CHECK(agent.state() == BreakerState::kClosed);
  CheckStored(agent.path(), 10);
  CHECK_FALSE(RunLock::Take(agent.path(), model::RunId{1}));  // held, as before
  CHECK(agent.Finish());
  const auto events = BreakerEvents(agent.path());
  REQUIRE(events.size() == 1);
  CHECK(events.front().find("made anew with all that it held") != std::string::npos);
}

TEST_CASE("a deleted database in whose place another file was put waits for that to go") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(5);
  fs::remove(agent.path());
  WriteFile(agent.path(), "Dear diary");
  agent.Tick();
  CHECK(agent.state() == BreakerState::kOpen);  // permanent: at once
  agent.Tick(50);
  CHECK(ReadFile(agent.path()) == "Dear diary");
  fs::remove(agent.path());
  agent.Tick(10);
  CHECK(agent.Finish());
  CheckStored(agent.path(), agent.ticks());
}

TEST_CASE("a deleted run: its ticks are refused and counted, the database stays in use") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(5);
  Ask(agent.path(), "PRAGMA foreign_keys = ON; DELETE FROM run; SELECT 1");
  agent.Tick(5);
  CHECK(agent.state() == BreakerState::kClosed);
  CHECK(agent.store().refused() == 5);
  const auto finished = agent.Finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message.find("5 ticks of this run are not stored") != std::string::npos);
}

TEST_CASE("many runs of one database wait together and come back each in its order") {
  const TempDir folder;
  Agent agent(folder.path());
  Recorder second(agent.store(), *sqlite::RunWriter::Begin(agent.database(), SampleRun()));
  {
    sqlite::Database other = OpenOrFail(agent.path());
    const auto lock = sqlite::Transaction::Start(other, sqlite::Transaction::Kind::kWrite);
    for (int number = 1; number <= 30; ++number) {
      agent.Tick();
      second.Record(TickAt(number));
    }
  }
  CHECK(agent.Finish());
  CHECK(second.Finish(1000, 0));
  CheckStored(agent.path(), 30);
  sqlite::Database database = OpenOrFail(agent.path());
  const auto data = sqlite::LoadRun(database, model::RunId{2});
  REQUIRE(data);
  CHECK(data->run.is_finished);
  CHECK(data->series.at(0).points.size() == 30);
}

TEST_CASE("beyond all bounds the oldest are lost, counted and told at the end") {
  const TempDir folder;
  TickStoreSettings settings;
  settings.spool.ring_ticks = 20;
  settings.spool.file_bytes = 40'000;
  settings.spool.segment_bytes = 10'000;
  Agent agent(folder.path(), settings);
  {
    sqlite::Database other = OpenOrFail(agent.path());
    const auto lock = sqlite::Transaction::Start(other, sqlite::Transaction::Kind::kWrite);
    agent.Tick(200);
  }
  const auto lost = agent.store().spool().lost(model::RunId{1});
  CHECK(lost > 50);
  CHECK(lost < 190);
  const auto finished = agent.Finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message.find(std::to_string(lost) + " ticks") == 0);
  CheckStored(agent.path(), agent.ticks(), static_cast<int>(lost));
}

// In a mount namespace of its own, so that nothing is left behind; skipped where that is not
// permitted.
TEST_CASE("a disk that is full and has room again, with the spool on the same disk") {
  const TempDir folder;
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("seep_test", folder.path().c_str(), "tmpfs", 0, "size=16m") != 0) {
      std::fprintf(stderr, "skipped: a tmpfs of its own: %s\n", std::strerror(errno));
      _exit(77);
    }
    Agent agent(folder.path());
    agent.Tick(20);
    const std::string ballast = folder.File("ballast");
    {
      std::ofstream file(ballast, std::ios::binary);
      const std::string chunk(4096, 'x');
      while (file.write(chunk.data(), 4096).flush()) {
      }
    }
    agent.Tick(300);
    const bool was_open = agent.state() != BreakerState::kClosed;
    const bool has_failed = agent.store().spool().counts().write_failures > 0;
    fs::remove(ballast);
    agent.Tick(20);
    const bool is_back = agent.state() == BreakerState::kClosed && !agent.store().is_away();
    const bool has_ended = agent.Finish().has_value();
    CheckStored(agent.path(), agent.ticks());
    const bool is_well = was_open && has_failed && is_back && has_ended;
    if (!is_well) {
      std::fprintf(stderr, "open %d, spool failed %d, back %d, finished %d\n", was_open, has_failed,
                   is_back, has_ended);
    }
    _exit(is_well ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) return;
  CHECK(status == 0);
}

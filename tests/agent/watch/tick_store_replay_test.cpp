// SPDX-License-Identifier: Apache-2.0
// What an agent leaves behind when it ends before its database is back, and who stores it.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "storage/sqlite/queries.h"
#include "tests/agent/watch/stored_agent.h"

using namespace seep;
using namespace seep::agent;
using namespace seep::agent::test;
using namespace seep::sqlite::test;

TEST_CASE("what cannot be stored at the end is in a file, and the run can be gone on with") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(3);
  REQUIRE(agent.database().RunScript("PRAGMA query_only = ON"));
  agent.Tick(4);
  const auto finished = agent.Finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().message.find("4 ticks of this run are not stored yet: 4 wait in ") !=
        std::string::npos);
  CHECK(SpoolFiles(folder.path()) == 1);
}

TEST_CASE("what a killed agent left in its files is stored by the next, before anything else") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  const bool is_killed = GENERATE(true, false);
  CAPTURE(is_killed);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Agent agent(folder.path());
    agent.Tick(10);
    sqlite::Database other = OpenOrFail(agent.path());
    const auto lock = sqlite::Transaction::Start(other, sqlite::Transaction::Kind::kWrite);
    agent.Tick(50);
    if (is_killed) kill(getpid(), SIGKILL);
    const auto finished = agent.Finish();
    const bool is_told =
        !finished && finished.error().message.find("wait in ") != std::string::npos;
    _exit(is_told ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE((is_killed ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0));
  REQUIRE(SpoolFiles(folder.path()) == 1);
  {
    sqlite::Database database = OpenOrFail(path);
    const TickStore next(database, TickStoreSettingsFor(path));
    CHECK(next.spool().counts().adopted == (is_killed ? 50 : 51));  // and the end
    CHECK(next.spool().empty());
    CHECK(next.refused() == 0);
    const auto run = sqlite::GetRun(database, model::RunId{1});
    REQUIRE(run);
    CHECK(run->is_finished == !is_killed);
  }
  CheckStored(path, 60);
  CHECK(SpoolFiles(folder.path()) == 0);
}

TEST_CASE("ticks that were stored before the kill are not stored again") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  {
    Agent agent(folder.path());
    agent.Tick(30);
    // As a replay that was killed half-way leaves it: a file with ticks that are stored already.
    auto settings = TickStoreSettingsFor(path).spool;
    resilience::TickSpool left(settings);
    for (int number = 11; number <= 40; ++number) {
      left.Push({model::RunId{1}, SampleRun().started_at_ns, TickAt(number), {}});
    }
    REQUIRE(left.Persist());
  }
  sqlite::Database database = OpenOrFail(path);
  const TickStore next(database, TickStoreSettingsFor(path));
  CHECK(next.spool().counts().adopted == 30);
  CHECK(next.refused() == 0);
  CHECK(next.spool().empty());
  CHECK_FALSE(sqlite::GetRun(database, model::RunId{1})->is_finished);
  CheckStored(path, 40);
}

TEST_CASE("ticks that wait for another run of the same number are refused") {
  const TempDir folder;
  const std::string path = folder.File("seep.db");
  {
    resilience::TickSpool left(TickStoreSettingsFor(path).spool);
    left.Push({model::RunId{1}, SampleRun().started_at_ns - 1, TickAt(1), {}});
    left.Push({model::RunId{77}, SampleRun().started_at_ns, TickAt(1), {}});
  }
  Agent agent(folder.path());
  agent.Tick(3);
  CHECK(agent.Finish());
  CheckStored(path, 3);
}

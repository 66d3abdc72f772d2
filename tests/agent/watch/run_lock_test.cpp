// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/run_lock.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>

using namespace seep;

namespace {

// Any file will do for a database here; the run ids keep concurrent tests apart.
constexpr char kDatabase[] = "/proc/self/exe";
model::RunId OwnRun(int number) {
  return model::RunId{int64_t{getpid()} * 10 + number};
}

}  // namespace

TEST_CASE("a run is held once, and free again when its holder lets go") {
  auto first = agent::RunLock::Take(kDatabase, OwnRun(1));
  REQUIRE(first);
  CHECK(agent::RunLock::Take(kDatabase, OwnRun(1)).error().code == model::Errc::kBusy);
  CHECK(agent::RunLock::Take(kDatabase, OwnRun(2)));
  { const agent::RunLock gone = std::move(*first); }
  CHECK(agent::RunLock::Take(kDatabase, OwnRun(1)));
}

TEST_CASE("a holder that is killed holds nothing") {
  const model::RunId run = OwnRun(3);
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = agent::RunLock::Take(kDatabase, run);
    [[maybe_unused]] const ssize_t told = write(pipes[1], lock ? "y" : "n", 1);
    pause();
    _exit(0);
  }
  char answer = 0;
  REQUIRE(read(pipes[0], &answer, 1) == 1);
  CHECK(answer == 'y');
  CHECK_FALSE(agent::RunLock::Take(kDatabase, run));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK(agent::RunLock::Take(kDatabase, run));
}

TEST_CASE("a database that does not exist cannot be held") {
  CHECK(agent::RunLock::Take("/no/such.db", OwnRun(4)).error().code == model::Errc::kNotFound);
}

// SPDX-License-Identifier: Apache-2.0
// kill -9 of a writing process at random moments: nothing but the tick in flight may be missing.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <new>
#include <random>
#include <thread>

#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;

namespace {

constexpr int kKills = 20;
constexpr int kMeasurements = 5;
constexpr int kStacks = 20;

// Writes ticks, continuing the run that is there, until it is killed; tells each committed one.
[[noreturn]] void WriteForEver(const std::string& path, std::atomic<int>& committed) {
  auto database = Database::Open(path, OpenMode::kReadWriteCreate);
  if (!database) _exit(2);
  const auto unfinished = FindUnfinishedRun(*database, SampleRun().boot_id, SampleTarget().pid,
                                            SampleTarget().start_ticks);
  if (!unfinished) _exit(3);
  auto writer = *unfinished ? RunWriter::Resume(*database, **unfinished)
                            : RunWriter::Begin(*database, SampleRun());
  if (!writer) _exit(4);
  for (int t = static_cast<int>(writer->run().duration_s) + 1;; ++t) {
    if (!writer->Write(LargeTick(t, kMeasurements, kStacks))) _exit(5);
    committed = t;
  }
}

}  // namespace

TEST_CASE("a writer killed at any moment loses at most the tick in flight") {
  const TempDir dir;
  const std::string path = dir.File("seep.db");
  void* shared = mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(shared != MAP_FAILED);
  auto& committed = *new (shared) std::atomic<int>(0);
  std::mt19937 random(20240607);
  std::uniform_int_distribution<int> ticks_to_wait(0, 40);
  std::uniform_int_distribution<int> microseconds(0, 5'000);

  for (int round = 0; round < kKills; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) WriteForEver(path, committed);
    // Some rounds are killed while they open or resume, the others within or between ticks.
    const int until = committed + ticks_to_wait(random) / 8 * 8;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (committed < until && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random)));
    REQUIRE(kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));  // it had not given up by itself

    Database database = OpenOrFail(path);
    CHECK(*database.QueryValue<std::string>("PRAGMA integrity_check") == "ok");
    CHECK(*database.QueryValue<std::string>("PRAGMA foreign_key_check") == std::nullopt);
    const auto runs = ListRuns(database);
    REQUIRE(runs);
    int stored = 0;
    for (const Run& run : *runs) {
      const auto loaded = LoadRun(database, run.id);
      REQUIRE(loaded);
      const int ticks = static_cast<int>(loaded->run.duration_s);
      stored = std::max(stored, ticks);
      // Whole ticks only, and no stack or series twice.
      CHECK(loaded->series.size() == (ticks > 0 ? size_t{kMeasurements} : 0));
      CHECK(loaded->stacks.size() == (ticks > 0 ? size_t{kStacks} : 0));
      for (const SeriesData& series : loaded->series) CHECK(series.points.size() == size_t(ticks));
      for (const StackHistory& stack : loaded->stacks) {
        CHECK(stack.points.size() == size_t(ticks));
        CHECK(stack.survivors.size() == 2);
      }
    }
    CHECK(stored >= committed);
    CHECK(stored <= committed + 1);
    committed = stored;
  }
  CHECK(committed > kKills);
  munmap(shared, sizeof(std::atomic<int>));
}

// SPDX-License-Identifier: Apache-2.0
// kill -9 at random moments, also within a write: no tick that was in a file is missing, none is
// in it twice, and at most the one in flight is cut off.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <new>
#include <random>
#include <thread>

#include "tests/agent/resilience/spool_ticks.h"

using namespace seep::resilience;
using namespace seep::resilience::test;

namespace {

constexpr int kKills = 40;
constexpr int kStacks = 300;  // frames of about 30 kB: a kill within a write is likely

struct Shared {
  std::atomic<int> kept{0};    // ticks below are in a file
  std::atomic<int> taken{-1};  // the last one that was taken
  std::atomic<bool> is_wrong{false};
};

// Pushes for ever, everything to the file; now and then takes some, as a database that comes back.
[[noreturn]] void SpoolForEver(const Folder& folder, uint64_t key, unsigned seed, int first,
                               Shared& shared) {
  std::mt19937 random(seed);
  TickSpool spool({.path_prefix = folder.prefix(), .key = key, .segment_bytes = 200'000});
  for (int number = first;; ++number) {
    spool.Push(TickOf(number, kStacks));
    if (!spool.Persist()) shared.is_wrong = true;
    shared.kept = number + 1;
    for (auto left = random() % 8 == 0 ? random() % 12 : 0; left > 0; --left) {
      const auto front = spool.Front();
      if (!front) break;
      // The same one again is what a kill between taking and forgetting gives: told by its time.
      if (front->tick.t_s > shared.taken + 1) shared.is_wrong = true;
      shared.taken = std::max(shared.taken.load(), static_cast<int>(front->tick.t_s));
      spool.Pop();
    }
  }
}

}  // namespace

TEST_CASE("a process killed at any moment leaves every tick that was in its files") {
  const Folder folder;
  const auto seed =
      static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
  INFO("seed " << seed);
  std::mt19937 random(seed);
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  REQUIRE(memory != MAP_FAILED);
  Shared& shared = *new (memory) Shared;
  uint64_t torn = 0;
  int first = 0;

  for (int round = 0; round < kKills; ++round) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
      SpoolForEver(folder, uint64_t(round) + 1, static_cast<unsigned>(random()), first, shared);
    // The file of the ones before is read first.
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (shared.kept <= first && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    REQUIRE(kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE_FALSE(shared.is_wrong);
    REQUIRE(shared.kept > first);

    // Looked at and put back: everything from the first that was not taken, and no hole.
    int next = -1;
    TickSpool left({.path_prefix = folder.prefix(), .key = uint64_t(round) * 1000 + 1'000'000});
    torn += left.counts().left.torn_tails;
    REQUIRE(left.counts().left.missing_ticks == 0);
    REQUIRE(left.counts().left.damaged_parts == 0);
    while (const auto front = left.Front()) {
      const int number = static_cast<int>(front->tick.t_s);
      if (next == -1) REQUIRE(number <= shared.taken + 1);
      if (next != -1) REQUIRE(number == next);
      REQUIRE(IsWhole(*front, kStacks));
      next = number + 1;
      shared.taken = std::max(shared.taken.load(), number);
      left.Pop();
    }
    if (next == -1) next = shared.taken + 1;  // all taken
    REQUIRE(next >= shared.kept);
    REQUIRE(next <= shared.kept + 1);
    first = next;
    shared.kept = next;
  }
  std::printf("spool: %d kills, %d ticks, %lu torn tails, seed %u\n", kKills, first,
              static_cast<unsigned long>(torn), seed);
  CHECK(folder.Files().empty());
  munmap(memory, sizeof(Shared));
}

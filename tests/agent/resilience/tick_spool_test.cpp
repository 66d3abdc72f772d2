// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/tick_spool.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>

#include "agent/resilience/crc32c.h"
#include "tests/agent/resilience/spool_ticks.h"

using namespace seep;
using namespace seep::resilience;
using namespace seep::resilience::test;

namespace {

std::vector<int> Numbers(int from, int until) {
  std::vector<int> numbers(static_cast<size_t>(until - from));
  std::iota(numbers.begin(), numbers.end(), from);
  return numbers;
}

void Push(TickSpool& spool, int from, int until, int stacks = 2) {
  for (int number = from; number < until; ++number) spool.Push(TickOf(number, stacks));
}

// No file of this process can grow meanwhile: as on a full disk, but for EFBIG.
class NoRoom {
 public:
  NoRoom() {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  NoRoom(const NoRoom&) = delete;
  NoRoom& operator=(const NoRoom&) = delete;
  ~NoRoom() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("ticks come back in order, from memory alone while they fit") {
  const Folder folder;
  TickSpool spool({.path_prefix = folder.prefix()});
  Push(spool, 0, 2000);
  CHECK(folder.Files().empty());
  CHECK(spool.waiting(model::RunId{1}) == 2000);
  CHECK(TakeAll(spool) == Numbers(0, 2000));
  CHECK(spool.empty());
}

TEST_CASE("beyond the ring the oldest go to files, which are removed once taken") {
  const Folder folder;
  TickSpool spool({.path_prefix = folder.prefix(), .ring_ticks = 100, .segment_bytes = 10'000});
  Push(spool, 0, 1000);
  CHECK(spool.ticks_in_memory() == 100);
  CHECK(spool.counts().spilled == 900);
  CHECK(folder.Files().size() > 3);
  CHECK(TakeAll(spool) == Numbers(0, 1000));
  CHECK(folder.Files().empty());
  CHECK(spool.empty());
  CHECK(spool.file_bytes() == 0);
  Push(spool, 0, 300);  // and it goes on
  CHECK(TakeAll(spool) == Numbers(0, 300));
  CHECK(spool.counts().dropped == 0);
}

TEST_CASE("taken and pushed in turns, ticks stay in order") {
  const Folder folder;
  TickSpool spool({.path_prefix = folder.prefix(), .ring_ticks = 20, .segment_bytes = 5000});
  std::mt19937 random(20261121);
  int pushed = 0;
  int taken = 0;
  for (int round = 0; round < 400; ++round) {
    const int more = static_cast<int>(random() % 40);
    Push(spool, pushed, pushed + more);
    pushed += more;
    if (random() % 10 == 0) spool.Persist();
    for (auto left = random() % 45; left > 0; --left) {
      const auto front = spool.Front();
      if (!front) break;
      REQUIRE(front->tick.t_s == taken++);
      spool.Pop();
    }
  }
  CHECK(TakeAll(spool) == Numbers(taken, pushed));
  CHECK(folder.Files().empty());
}

TEST_CASE("beyond all bounds the oldest are lost, and counted") {
  const Folder folder;
  TickSpool spool({.path_prefix = folder.prefix(),
                   .ring_ticks = 10,
                   .file_bytes = 40'000,
                   .segment_bytes = 10'000});
  Push(spool, 0, 1000);
  CHECK(spool.file_bytes() <= 40'000);
  const auto lost = static_cast<int>(spool.counts().dropped);
  CHECK(lost > 0);
  CHECK(spool.lost(model::RunId{1}) == uint64_t(lost));
  CHECK(spool.waiting(model::RunId{1}) == uint64_t(1000 - lost));
  CHECK(TakeAll(spool) == Numbers(lost, 1000));
}

TEST_CASE("memory is bounded in bytes as well, and a tick beyond every bound is lost alone") {
  const Folder folder;
  TickSpool spool({.path_prefix = folder.prefix(), .ring_bytes = 5'000, .file_bytes = 30'000});
  Push(spool, 0, 30);
  CHECK(spool.counts().spilled > 0);
  spool.Push(TickOf(30, 1000));
  Push(spool, 31, 35);
  CHECK(spool.counts().dropped == 1);
  auto expected = Numbers(0, 30);
  for (const int number : Numbers(31, 35)) expected.push_back(number);
  CHECK(TakeAll(spool) == expected);
}

TEST_CASE("without a file the ring is all there is") {
  TickSpool spool({.ring_ticks = 50});
  Push(spool, 0, 80);
  CHECK_FALSE(spool.Persist());
  CHECK(spool.counts().dropped == 30);
  CHECK(TakeAll(spool) == Numbers(30, 80));
}

TEST_CASE("a folder that is not there is counted, not fatal") {
  TickSpool spool({.path_prefix = "/no/such/folder/seep.db-spool", .ring_ticks = 50});
  Push(spool, 0, 80);
  CHECK(spool.counts().write_failures == 30);
  CHECK(TakeAll(spool) == Numbers(30, 80));
}

TEST_CASE("a disk without room costs the ticks that fit nowhere, and leaves no part of one") {
  const Folder folder;
  TickSpool spool({.path_prefix = folder.prefix(), .ring_ticks = 50});
  Push(spool, 0, 70);  // 20 of them in the file
  {
    const NoRoom no_room;
    Push(spool, 70, 100);
    CHECK_FALSE(spool.Persist());
  }
  CHECK(spool.counts().dropped == 30);
  CHECK(spool.counts().write_failures == 31);
  Push(spool, 100, 110);
  auto expected = Numbers(0, 20);
  for (const int number : Numbers(50, 110)) expected.push_back(number);
  CHECK(TakeAll(spool) == expected);
}

TEST_CASE("the files of a process that has ended are taken over, those of a living one are not") {
  const Folder folder;
  {
    TickSpool first({.path_prefix = folder.prefix(), .key = 1, .segment_bytes = 5000});
    Push(first, 0, 100);
    CHECK(first.Persist());
    const TickSpool other({.path_prefix = folder.prefix(), .key = 2});
    CHECK(other.empty());
  }
  TickSpool next({.path_prefix = folder.prefix(), .key = 3, .ring_ticks = 10});
  CHECK(next.counts().adopted == 100);
  CHECK(next.counts().left.missing_ticks == 0);
  CHECK(next.waiting(model::RunId{1}) == 100);
  Push(next, 100, 150);
  CHECK(TakeAll(next) == Numbers(0, 150));
  CHECK(folder.Files().empty());
}

TEST_CASE("what is not a spool is left alone") {
  const Folder folder;
  const std::string foreign = folder.prefix() + "-0000000000000001-000000";
  const int fd = open(foreign.c_str(), O_CREAT | O_WRONLY, 0600);
  REQUIRE(write(fd, "Dear diary, ", 12) == 12);
  close(fd);
  TickSpool spool({.path_prefix = folder.prefix(), .key = 1, .ring_ticks = 1});
  CHECK(spool.counts().unreadable_files == 1);
  Push(spool, 0, 10);  // also where its own file would have that name
  CHECK(spool.counts().dropped == 0);
  CHECK(TakeAll(spool) == Numbers(0, 10));
  CHECK(folder.Files() == std::vector{foreign});
}

TEST_CASE("a file of another version of seep is left for that version") {
  const Folder folder;
  {
    TickSpool spool({.path_prefix = folder.prefix()});
    Push(spool, 0, 1);
  }
  const std::string path = folder.Files().at(0);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  constexpr size_t kFrame = SpoolSegment::kFileHeaderBytes;
  content[kFrame + 12] = 99;
  const uint32_t checksum = Crc32c(std::string_view(content).substr(kFrame + 12));
  std::memcpy(content.data() + kFrame + 8, &checksum, sizeof(checksum));
  file.clear();
  file.seekp(0);
  file.write(content.data(), static_cast<std::streamsize>(content.size())).flush();
  const TickSpool next({.path_prefix = folder.prefix(), .key = 1});
  CHECK(next.empty());
  CHECK(next.counts().unreadable_files == 1);
  CHECK(folder.Files() == std::vector{path});
}

// Figures for docs/resilience.md: resilience_test "[figures]"
TEST_CASE("what a tick costs in the spool", "[.][figures]") {
  using Clock = std::chrono::steady_clock;
  for (const int stacks : {0, 20, 1000}) {
    const Folder folder;
    TickSpool spool({.path_prefix = folder.prefix()});
    const int ticks = stacks == 1000 ? 200 : 20'000;
    const auto begun = Clock::now();
    Push(spool, 0, ticks, stacks);
    REQUIRE(spool.Persist());
    const auto pushed = Clock::now();
    const uint64_t bytes = spool.file_bytes();
    while (spool.Front()) spool.Pop();
    const auto taken = Clock::now();
    const auto us = [&](auto duration) {
      return std::chrono::duration<double, std::micro>(duration).count() / ticks;
    };
    std::printf("%4d stacks a tick: %.0f bytes, %.1f us to put on disk, %.1f us to take\n", stacks,
                double(bytes) / ticks, us(pushed - begun), us(taken - pushed));
  }
}

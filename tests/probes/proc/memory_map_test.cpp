// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/memory_map.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <string>

using namespace seep;

namespace {

constexpr uint64_t kKiB = 1024;

// One mapping as smaps has it, without the fields that nobody reads.
std::string Mapping(const char* head, int rss, int dirty = 0, int swap = 0) {
  const auto line = [](const char* key, int value) {
    return std::string(key) + ":  " + std::to_string(value) + " kB\n";
  };
  return std::string(head) + "\nSize: 1 kB\n" + line("Rss", rss) + line("Pss", rss) +
         line("Shared_Dirty", 0) + line("Private_Dirty", dirty) + line("AnonHugePages", 0) +
         line("Swap", swap) + line("SwapPss", 7) + "VmFlags: rd wr\n";
}

// Whole MiB of `now` above `before`.
uint64_t MiBMore(uint64_t now, uint64_t before) {
  return (now - before) >> 20;
}

}  // namespace

TEST_CASE("each mapping is what its place and name say") {
  const std::string smaps =
      Mapping("55d0c0000000-55d0c0010000 r-xp 00000000 fe:01 12  /usr/bin/service", 40) +
      Mapping("55d0c0010000-55d0c0012000 rw-p 00010000 fe:01 12  /usr/bin/service", 8, 8) +
      Mapping("55d0c1000000-55d0c1100000 rw-p 00000000 00:00 0   [heap]", 1000, 1000, 24) +
      // An arena: aligned to 64 MiB, its rest reserved.
      Mapping("7f0000000000-7f0000200000 rw-p 00000000 00:00 0 ", 2000) +
      Mapping("7f0000200000-7f0004000000 ---p 00000000 00:00 0 ", 0) +
      // Mapped directly below an arena: one mapping.
      Mapping("7f0017f00000-7f0018100000 rw-p 00000000 00:00 0 ", 2048) +
      Mapping("7f0018100000-7f001c000000 ---p 00000000 00:00 0 ", 0) +
      // A guard and the stack of a thread above it, twice.
      Mapping("7f0020000000-7f0020001000 ---p 00000000 00:00 0 ", 0) +
      Mapping("7f0020001000-7f0020800000 rw-p 00000000 00:00 0 ", 16) +
      Mapping("7f0020800000-7f0020801000 ---p 00000000 00:00 0 ", 0) +
      Mapping("7f0020801000-7f0021000000 rw-p 00000000 00:00 0 ", 12, 12, 4) +
      // The probe, what follows its data, and what does not.
      Mapping("7f0030000000-7f0030040000 r-xp 00000000 fe:01 99  /opt/lib/libseep.so", 100) +
      Mapping("7f0030040000-7f0030042000 rw-p 00040000 fe:01 99  /opt/lib/libseep.so", 8, 8) +
      Mapping("7f0030042000-7f0031000000 rw-p 00000000 00:00 0 ", 500) +
      Mapping("7f0040000000-7f0040100000 rw-p 00000000 00:00 0   [anon:name]", 300) +
      // Shared memory is none of these.
      Mapping("7f0050000000-7f0050100000 rw-s 00000000 00:17 5   /dev/shm/1-2-3.ledger", 256, 256) +
      Mapping("7f0051000000-7f0051100000 rw-s 00000000 00:01 5   /memfd:x (deleted)", 256, 256) +
      Mapping("7f0052000000-7f0052100000 rw-s 00000000 00:01 5   /dev/zero (deleted)", 256, 256) +
      Mapping("7f0060000000-7f0060100000 rw-s 00000000 fe:01 7   /var/data file", 700, 600) +
      Mapping("7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0   [stack]", 20) +
      Mapping("7ffc00100000-7ffc00102000 r-xp 00000000 00:00 0   [vdso]", 4);
  const proc::MemoryMap map = proc::SumMemoryMap(smaps, {"00:17"});
  CHECK(map.arenas == (1000 + 24 + 2000 + 1024) * kKiB);
  CHECK(map.anonymous == (1024 + 300) * kKiB);
  CHECK(map.thread_stacks == (16 + 12 + 4 + 20) * kKiB);
  CHECK(map.seep == (100 + 8 + 500) * kKiB);
  CHECK(map.file_dirty == (8 + 600) * kKiB);
  CHECK(map.file_clean == (40 + 100) * kKiB);
}

TEST_CASE("damaged text is no mapping") {
  for (const char* text : {"", "\n", "x-y rw-p", "7f00-", "7f00-7e00 rw-p 0 0 0", "Rss: 12 kB\n",
                           "7f00-7f10 rw-p 0 0:0 0\nRss\nRss:\nRss: x kB\n"}) {
    const proc::MemoryMap map = proc::SumMemoryMap(text, {});
    CHECK(map.anonymous + map.file_clean + map.arenas + map.pss == 0);
  }
}

TEST_CASE("our own memory is where we put it") {
  const auto before = proc::ReadMemoryMap(getpid());
  REQUIRE(before);
  constexpr size_t kBytes = 8 << 20;
  constexpr int kThread = 3 << 20;
  void* anonymous =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* shared = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(anonymous, 1, kBytes);
  memset(shared, 1, kBytes);
  pthread_t thread;
  struct Between {
    int ready[2];
    int done[2];
  } between{};
  REQUIRE((pipe(between.ready) == 0 && pipe(between.done) == 0));
  pthread_create(
      &thread, nullptr,
      [](void* argument) -> void* {
        const auto* pipes = static_cast<Between*>(argument);
        char stack[kThread];
        memset(stack, 1, sizeof(stack));
        asm volatile("" : : "r"(stack) : "memory");
        char byte = 0;
        if (write(pipes->ready[1], &byte, 1) != 1 || read(pipes->done[0], &byte, 1) != 1) abort();
        return nullptr;
      },
      &between);
  char byte = 0;
  REQUIRE(read(between.ready[0], &byte, 1) == 1);
  const auto after = proc::ReadMemoryMap(getpid());
  REQUIRE(write(between.done[1], &byte, 1) == 1);
  pthread_join(thread, nullptr);
  REQUIRE(after);
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // their shadow is anonymous too
  CHECK(MiBMore(after->anonymous, before->anonymous) == 8);
  CHECK(MiBMore(after->thread_stacks, before->thread_stacks) == 3);
#endif
  CHECK(after->pss > before->pss);
  CHECK(after->seep == 0);
  CHECK_FALSE(proc::ReadMemoryMap(1 << 30));
  munmap(anonymous, kBytes);
  munmap(shared, kBytes);
  for (const int fd : {between.ready[0], between.ready[1], between.done[0], between.done[1]}) {
    close(fd);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Maps, remaps and unmaps anonymous memory in every way, by several threads; keeps a cache of a few
// regions. Healthy.
#include <sys/mman.h>

#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

constexpr size_t kPage = 4096;
zoo::Tally g_mapped;

[[noreturn]] void Fail(const char* call) {
  zoo::Say("failed=%s", call);
  _exit(1);
}

[[gnu::noipa]] char* Map(size_t pages) {
  void* map =
      mmap(nullptr, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) Fail("mmap");
  g_mapped.Add(pages * kPage);
  return static_cast<char*>(zoo::Touch(map, pages * kPage));
}

void Unmap(char* map, size_t pages) {
  if (munmap(map, pages * kPage) != 0) Fail("munmap");
}

// Whole; in two halves; a hole first; replaced by a reservation; grown and moved.
void UseInEveryWay() {
  Unmap(Map(4), 4);
  char* map = Map(8);
  Unmap(map, 4);
  Unmap(map + 4 * kPage, 4);
  map = Map(8);
  Unmap(map + 2 * kPage, 3);
  Unmap(map, 2);
  Unmap(map + 5 * kPage, 3);
  map = Map(8);
  if (mmap(map, 8 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != map) {
    Fail("mmap fixed");
  }
  Unmap(map, 8);
  map = static_cast<char*>(mremap(Map(4), 4 * kPage, 16 * kPage, MREMAP_MAYMOVE));
  if (map == MAP_FAILED) Fail("mremap");
  Unmap(map, 16);
}

void Churn() {
  constexpr size_t kCached = 16;
  std::vector<char*> cache;
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    UseInEveryWay();
    cache.push_back(Map(16));
    if (cache.size() <= kCached) continue;
    Unmap(cache.front(), 16);
    cache.erase(cache.begin());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(
      argc, argv, "maps and unmaps anonymous memory, properly",
      {{"seconds", 10, "0 = until SIGTERM"}, {"threads", 3, "that map and unmap"}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < options["threads"]; ++i) threads.emplace_back(Churn);
  for (std::thread& thread : threads) thread.join();
  zoo::Say("mapped_bytes=%llu mappings=%llu leaked_bytes=0 leaked_blocks=0 seconds=%.3f",
           g_mapped.bytes_total(), g_mapped.blocks_total(), zoo::ElapsedS());
}

// SPDX-License-Identifier: Apache-2.0
// Allocates exactly --bytes of live blocks, says so, and holds them: what sampled totals are
// compared with. Its own bookkeeping is mapped, so that the heap holds the live set only.
#include <sys/mman.h>

#include "tests/targets/zoo.h"

namespace {

[[gnu::noipa]] void* HoldLiveSet(size_t size_bytes) {
  return zoo::Touch(malloc(size_bytes), size_bytes);
}

// 16 B to 64 KiB, as many of each power of two: most blocks small, most bytes in large ones.
size_t MixedSize(zoo::Random* random) {
  const size_t base = size_t{16} << (random->Next() % 12);
  return random->Between(base, 2 * base - 1);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "allocates a live set of known size and holds it",
                             {{"seconds", 0, "0 = until SIGTERM"},
                              {"bytes", 64 << 20, "the live set"},
                              {"block", 1024, "bytes of each block"},
                              {"mixed", 0, "1 = blocks of 16 bytes to 64 KiB instead"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  const uint64_t wanted_bytes = options["bytes"];
  const bool is_mixed = options["mixed"] != 0;
  const uint64_t block_bytes = options["block"] != 0 ? options["block"] : 1;
  const uint64_t most_blocks = wanted_bytes / (is_mixed ? 16 : block_bytes) + 1;
  void* index = mmap(nullptr, most_blocks * sizeof(void*), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (index == MAP_FAILED) return 1;
  auto** blocks = static_cast<void**>(index);
  unsigned long long live_bytes = 0;
  unsigned long long live_blocks = 0;
  while (live_bytes < wanted_bytes && !zoo::g_is_stopped.load()) {
    size_t size_bytes = is_mixed ? MixedSize(&random) : block_bytes;
    if (size_bytes > wanted_bytes - live_bytes) size_bytes = wanted_bytes - live_bytes;
    blocks[live_blocks] = HoldLiveSet(size_bytes);
    if (blocks[live_blocks] == nullptr) return 1;
    ++live_blocks;
    live_bytes += size_bytes;
  }
  zoo::Ready();
  while (zoo::IsRunning()) zoo::SleepMs(20);
  zoo::Escape(blocks);
  zoo::Say(
      "live_bytes=%llu live_blocks=%llu site=HoldLiveSet leaked_bytes=0 leaked_blocks=0 "
      "seconds=%.3f",
      live_bytes, live_blocks, zoo::ElapsedS());
}

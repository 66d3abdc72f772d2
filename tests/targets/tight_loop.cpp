// SPDX-License-Identifier: Apache-2.0
// malloc and free in a tight loop in N threads, beneath --depth frames: the price of a hook.
#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

std::atomic<unsigned long long> g_pairs{0};
std::atomic<double> g_thread_seconds{0};

[[gnu::noipa]] void LoopPairs(size_t size_bytes) {
  constexpr unsigned kBatch = 4096;
  unsigned long long pairs = 0;
  const double start_s = zoo::NowS();
  for (; zoo::IsRunning(); pairs += kBatch) {
    for (unsigned i = 0; i < kBatch; ++i) free(zoo::Escape(malloc(size_bytes)));
  }
  g_thread_seconds.fetch_add(zoo::NowS() - start_s);
  g_pairs.fetch_add(pairs);
}

[[gnu::noipa]] void Descend(uint64_t depth, size_t size_bytes) {
  if (depth == 0) {
    LoopPairs(size_bytes);
  } else {
    Descend(depth - 1, size_bytes);
  }
  asm volatile("");  // no tail call: the frame is wanted
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "malloc/free pairs as fast as they go; healthy",
                             {{"seconds", 3, "0 = until SIGTERM"},
                              {"threads", 1, ""},
                              {"size", 64, "bytes of each block"},
                              {"depth", 10, "frames between main and the loop"}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  std::vector<std::thread> threads;
  for (uint64_t i = 1; i < options["threads"]; ++i) {
    threads.emplace_back(Descend, options["depth"], options["size"]);
  }
  Descend(options["depth"], options["size"]);
  for (auto& thread : threads) thread.join();
  zoo::Say(
      "leaked_bytes=0 leaked_blocks=0 site=LoopPairs pairs=%llu ns_per_pair=%.3f threads=%llu "
      "seconds=%.3f",
      g_pairs.load(), g_thread_seconds.load() * 1e9 / static_cast<double>(g_pairs.load()),
      static_cast<unsigned long long>(options["threads"]), zoo::ElapsedS());
}

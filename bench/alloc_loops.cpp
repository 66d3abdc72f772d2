// SPDX-License-Identifier: Apache-2.0
// Allocation loops for `bench/overhead`, with the zoo's manners (tests/targets): "ready", here when
// all loops begin, and a line of truth after --seconds or SIGTERM.
//
//   default    larson: each thread replaces random blocks of its own among --blocks of 16-256 B
//   --new 1    pairs of operator new and delete, 16-256 B
//   --batch N  N blocks of 16-256 B, then their frees in the same order
// --ballast-mib M keeps M MiB in blocks of 64 KiB beside it, of which one page each is resident.
#include <barrier>
#include <new>
#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

void SayReady() noexcept {
  zoo::Ready();
}
using Start = std::barrier<void (*)() noexcept>;

std::atomic<unsigned long long> g_pairs{0};
std::atomic<double> g_thread_seconds{0};

// Calls Step(), one pair each, until the end, and adds up what it took.
template <typename Step>
void Repeat(Start& start, Step step) {
  constexpr unsigned kBatch = 4096;
  unsigned long long pairs = 0;
  start.arrive_and_wait();
  const double start_s = zoo::NowS();
  for (; zoo::IsRunning(); pairs += kBatch) {
    for (unsigned i = 0; i < kBatch; ++i) step();
  }
  g_thread_seconds.fetch_add(zoo::NowS() - start_s);
  g_pairs.fetch_add(pairs);
}

// After Larson and Krishnan, "Memory allocation for long-running server applications" (ISMM 1998),
// without the handover between threads.
[[gnu::noipa]] void ReplaceRandomBlocks(Start& start, uint64_t block_count, uint64_t seed) {
  zoo::Random random(seed);
  std::vector<void*> blocks(block_count);
  for (void*& block : blocks) block = malloc(random.Between(16, 256));
  Repeat(start, [&] {
    const uint64_t bits = random.Next();
    void*& block = blocks[(bits >> 32) % block_count];
    free(block);
    block = malloc(16 + bits % 241);
  });
  for (void* block : blocks) free(block);
}

[[gnu::noipa]] void AllocateBatches(Start& start, uint64_t batch, uint64_t seed) {
  zoo::Random random(seed);
  std::vector<void*> blocks(batch);
  uint64_t at = batch;
  // A step is one malloc and one free: a batch of mallocs, then a batch of frees, by turns.
  Repeat(start, [&] {
    if (at == batch) {
      for (void*& block : blocks) free(block);
      for (void*& block : blocks) block = malloc(random.Between(16, 256));
      at = 0;
    }
    ++at;
  });
  for (void* block : blocks) free(block);
}

// In the heap, below the threshold of mmap.
std::vector<void*> MakeBallast(uint64_t mib) {
  constexpr uint64_t kBlockBytes = 64 << 10;
  std::vector<void*> blocks((mib << 20) / kBlockBytes);
  for (void*& block : blocks) block = malloc(kBlockBytes);
  return blocks;
}

[[gnu::noipa]] void NewAndDelete(Start& start, uint64_t seed) {
  zoo::Random random(seed);
  Repeat(start, [&] { ::operator delete(zoo::Escape(::operator new(random.Between(16, 256)))); });
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "malloc/free or new/delete in loops; healthy",
                             {{"seconds", 3, "0 = until SIGTERM"},
                              {"threads", 1, ""},
                              {"blocks", 10000, "live blocks of each thread"},
                              {"new", 0, "1 = new/delete pairs instead"},
                              {"batch", 0, "batches of so many blocks instead"},
                              {"ballast-mib", 0, "live beside the loop"},
                              {"seed", 1, ""}});
  const std::vector<void*> ballast = MakeBallast(options["ballast-mib"]);
  zoo::Start(options["seconds"]);
  const uint64_t thread_count = options["threads"];
  Start start(static_cast<ptrdiff_t>(thread_count), &SayReady);
  const auto run = [&](uint64_t seed) {
    if (options["new"] != 0) {
      NewAndDelete(start, seed);
    } else if (options["batch"] != 0) {
      AllocateBatches(start, options["batch"], seed);
    } else {
      ReplaceRandomBlocks(start, options["blocks"], seed);
    }
  };
  std::vector<std::thread> threads;
  for (uint64_t i = 1; i < thread_count; ++i) threads.emplace_back(run, options["seed"] + i);
  run(options["seed"]);
  for (auto& thread : threads) thread.join();
  for (void* block : ballast) free(block);
  zoo::Say("pairs=%llu ns_per_pair=%.3f threads=%llu seconds=%.3f", g_pairs.load(),
           g_thread_seconds.load() * 1e9 / static_cast<double>(g_pairs.load()),
           static_cast<unsigned long long>(thread_count), zoo::ElapsedS());
}

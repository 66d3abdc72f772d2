// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/live_table.h"

#include <atomic>
#include <cmath>
#include <thread>
#include <unordered_map>
#include <vector>

#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_growth.h"
#include "probes/preload/stack_table.h"
#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;
using namespace seep::probe;

namespace {

const void* Pointer(uint64_t n) {
  return reinterpret_cast<const void*>(0x10000000 + n * 16);
}

// A ledger that may not grow: a table that fills is thinned.
struct SmallLedger : ScratchLedger {
  explicit SmallLedger(uint64_t interval_bytes = 4096) : ScratchLedger(interval_bytes) {
    view.header().max_bytes = 0;
  }
};
constexpr uint64_t kFirstMaximum = kStepBytes / sizeof(ledger::LiveEntry);

constexpr LiveBlock kBlock{1000, ledger::PackLive(1, 0, 7)};

// alloc - free + adjust of a slot, and the same from the live table.
int64_t InUseByCounters(LedgerView view, uint32_t slot) {
  const ledger::StackSlot& stack = view.stacks()[slot];
  return static_cast<int64_t>(stack.alloc_bytes.load() - stack.free_bytes.load()) +
         stack.adjust_bytes.load();
}
int64_t InUseByTable(LedgerView view, uint32_t slot) {
  uint64_t bytes = 0;
  for (uint64_t id = 0; id < view.header().live_used.load(); ++id) {
    const ledger::LiveEntry& entry = view.live()[id];
    if (entry.key.load() <= ledger::kLiveReserved) continue;
    const LiveBlock block{entry.size_bytes.load(), entry.meta.load()};
    if (ledger::LiveStack(block.meta) == slot) bytes += EstimateOf(view, block).bytes;
  }
  return static_cast<int64_t>(bytes);
}

}  // namespace

TEST_CASE("a block is taken once, with what was stored") {
  ScratchLedger scratch;
  uint64_t random = 1;
  LiveBlock taken{};
  CHECK_FALSE(TakeLive(scratch.view, Pointer(1), &taken));
  REQUIRE(InsertLive(scratch.view, Pointer(1), kBlock, random));
  CHECK(MayBeSampled(Pointer(1)));
  REQUIRE(TakeLive(scratch.view, Pointer(1), &taken));
  CHECK(taken.size_bytes == 1000);
  CHECK(taken.meta == kBlock.meta);
  CHECK_FALSE(TakeLive(scratch.view, Pointer(1), &taken));
  CHECK_FALSE(MayBeSampled(Pointer(1)));
  CHECK(scratch.view.header().live_count.load() == 0);
}

TEST_CASE("free(nullptr) takes nothing, also where its filter slot is in use") {
  ScratchLedger scratch;
  LiveBlock taken{};
  CHECK_FALSE(TakeLive(scratch.view, nullptr, &taken));
  CHECK(scratch.view.header().live_count.load() == 0);
}

TEST_CASE("an address sampled again without a free counts the missed free") {
  ScratchLedger scratch;
  uint64_t random = 1;
  REQUIRE(InsertLive(scratch.view, Pointer(1), kBlock, random));
  REQUIRE(InsertLive(scratch.view, Pointer(1), kBlock, random));
  CHECK(scratch.view.header().live_count.load() == 1);
  CHECK(scratch.view.stacks()[1].free_samples.load() == 1);
}

TEST_CASE("a table that fills grows, and every entry is still found and counted once") {
  ScratchLedger scratch;
  uint64_t random = 1;
  constexpr uint64_t kBlocks = 200'000;
  for (uint64_t n = 0; n < kBlocks; ++n) {
    REQUIRE(InsertLive(scratch.view, Pointer(n), {n + 1, ledger::PackLive(1, 0, 0)}, random));
  }
  const ledger::Header& header = scratch.view.header();
  CHECK(header.live_count.load() == kBlocks);
  CHECK(header.thin_doublings.load() == 0);
  CHECK(header.losses[ledger::kLossLiveTable].load() == 0);
  CHECK(ledger::IndexPlaces(header.live_index_generation.load()) == 262'144);
  // 24 bytes an entry, and at most 20 of index.
  CHECK(header.populated_bytes.load() < kBlocks * 44 + 512 * 1024);
  for (uint64_t n = 0; n < kBlocks; ++n) {
    LiveBlock taken{};
    REQUIRE(TakeLive(scratch.view, Pointer(n), &taken));
    CHECK(taken.size_bytes == n + 1);
    CHECK_FALSE(TakeLive(scratch.view, Pointer(n), &taken));
  }
  CHECK(header.live_count.load() == 0);
  // Entries and places of the index are used again.
  for (uint64_t n = 0; n < kBlocks; ++n) {
    REQUIRE(InsertLive(scratch.view, Pointer(n + kBlocks), kBlock, random));
  }
  CHECK(header.live_used.load() == kBlocks);
}

TEST_CASE("a ledger at its maximum does not grow") {
  ScratchLedger scratch;
  ledger::Header& header = scratch.view.header();
  header.max_bytes = header.populated_bytes.load() + 300 * 1024;
  uint64_t random = 1;
  for (uint64_t n = 0; n < 50'000; ++n) {
    REQUIRE(InsertLive(scratch.view, Pointer(n),
                       {64, ledger::PackLive(1, scratch.view.doublings(), 0)}, random));
  }
  CHECK(header.live_index_generation.load() > 0);
  CHECK(header.thin_doublings.load() > 0);
  CHECK(header.populated_bytes.load() <= header.max_bytes);
}

TEST_CASE("a table that fills is thinned: the interval rises, the estimate stays unbiased") {
  double sum_of_errors = 0;
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    SmallLedger scratch;
    uint64_t random = 1000 + static_cast<uint64_t>(round);
    uint32_t slots[2];
    for (uint32_t i = 0; i < 2; ++i) {
      CapturedStack stack;
      stack.count = 1;
      stack.frames[0] = i + 1;
      slots[i] = FindOrAddStack(scratch.view, stack);
    }
    // Blocks of two sizes, sampled as the probe does it, none freed.
    int64_t until_sample = DrawInterval(random, 4096);
    uint32_t doublings = 0;
    uint64_t allocated[2] = {};
    for (uint64_t n = 0; n < 4'000'000 && scratch.view.doublings() < 3; ++n) {
      const uint64_t size = n % 2 == 0 ? 64 : 3000;
      allocated[n % 2] += size;
      until_sample -= static_cast<int64_t>(size);
      if (until_sample >= 0) continue;
      const LiveBlock block{size, ledger::PackLive(slots[n % 2], doublings, 0)};
      REQUIRE(InsertLive(scratch.view, Pointer(n), block, random));
      CountAlloc(scratch.view, slots[n % 2], EstimateOf(scratch.view, block));
      doublings = scratch.view.doublings();
      until_sample = DrawInterval(random, scratch.view.IntervalBytes(doublings));
    }
    REQUIRE(scratch.view.doublings() >= 2);
    CHECK(scratch.view.header().live_count.load() <= kFirstMaximum);
    CHECK(scratch.view.header().losses[ledger::kLossLiveTable].load() == 0);
    for (int i = 0; i < 2; ++i) {
      // To the byte: counters and table tell the same.
      CHECK(InUseByCounters(scratch.view, slots[i]) == InUseByTable(scratch.view, slots[i]));
    }
    const auto truth = static_cast<double>(allocated[0] + allocated[1]);
    const auto estimate = static_cast<double>(InUseByTable(scratch.view, slots[0]) +
                                              InUseByTable(scratch.view, slots[1]));
    // About 2,000 samples at the end: SE of 2 %.
    CHECK(estimate / truth == Approx(1.0).margin(0.1));
    sum_of_errors += estimate / truth - 1.0;
  }
  CHECK(std::abs(sum_of_errors / kRounds) < 0.02);
}

TEST_CASE("a table full of mappings alone is not thinned: blocks are sampled again after it") {
  SmallLedger scratch;
  const ledger::Header& header = scratch.view.header();
  uint64_t random = 1;
  const LiveBlock mapping{4096, ledger::PackLive(1, ledger::kLiveExact, 7)};
  for (uint64_t n = 0; n < kFirstMaximum; ++n) {
    REQUIRE(InsertLive(scratch.view, Pointer(n), mapping, random));
  }
  REQUIRE(header.losses[ledger::kLossLiveTable].load() == 0);
  // Neither a mapping more nor a block finds a place, and no pass would make one.
  CHECK_FALSE(InsertLive(scratch.view, Pointer(kFirstMaximum), mapping, random));
  CHECK_FALSE(InsertLive(scratch.view, Pointer(kFirstMaximum), kBlock, random));
  CHECK(header.losses[ledger::kLossLiveTable].load() == 2);
  CHECK(scratch.view.doublings() == 0);
  LiveBlock taken{};
  REQUIRE(TakeLive(scratch.view, Pointer(0), &taken));
  CHECK(InsertLive(scratch.view, Pointer(kFirstMaximum), kBlock, random));
}

TEST_CASE("threads that meet a full table thin it once, not once each") {
  for (uint64_t round = 0; round < 20; ++round) {
    SmallLedger scratch;
    const LedgerView view = scratch.view;
    uint64_t random = round + 1;
    for (uint64_t n = 0; n < kFirstMaximum; ++n) {
      REQUIRE(InsertLive(view, Pointer(n), {64, ledger::PackLive(1, 0, 0)}, random));
    }
    REQUIRE(view.doublings() == 0);
    std::atomic<int> waiting = 4;
    std::vector<std::thread> threads;
    for (uint64_t t = 1; t <= 4; ++t) {
      threads.emplace_back([&waiting, view, t] {
        uint64_t own_random = t;
        waiting.fetch_sub(1);
        while (waiting.load() != 0) std::this_thread::yield();
        for (uint64_t n = 0; n < 200; ++n) {
          InsertLive(view, Pointer(t << 32 | n), {64, ledger::PackLive(1, 1, 0)}, own_random);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(view.doublings() == 1);
    CHECK(view.header().thin_rounds.load() == 1);
    CHECK(view.header().live_count.load() > kFirstMaximum / 3);
  }
}

TEST_CASE("threads that insert, free, grow and thin lose no entry") {
  for (FilterSlot& slot : free_filter) slot.store(0);  // other cases left live blocks behind
  ScratchLedger scratch(4096);
  // Room to grow twice or so, then thinning.
  scratch.view.header().max_bytes = scratch.view.header().populated_bytes.load() + 400 * 1024;
  constexpr uint64_t kPerThread = 60000;
  constexpr uint64_t kThreads = 4;
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&scratch, t] {
      uint64_t random = t + 1;
      const LedgerView view = scratch.view;
      // Keeps a window of blocks alive that together overfill the table, then frees all.
      constexpr uint64_t kWindow = 9000;
      for (uint64_t n = 0; n < kPerThread + kWindow; ++n) {
        if (n < kPerThread) {
          const LiveBlock block{200, ledger::PackLive(1, view.doublings(), 0)};
          if (InsertLive(view, Pointer(t << 32 | n), block, random)) {
            CountAlloc(view, 1, EstimateOf(view, block));
          }
        }
        LiveBlock taken;
        if (n >= kWindow && TakeLive(view, Pointer(t << 32 | (n - kWindow)), &taken)) {
          CountFree(view, 1, EstimateOf(view, taken));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const ledger::StackSlot& stack = scratch.view.stacks()[1];
  CHECK(scratch.view.header().live_count.load() == 0);
  CHECK(InUseByTable(scratch.view, 1) == 0);
  CHECK(InUseByCounters(scratch.view, 1) == 0);
  CHECK(scratch.view.doublings() > 0);
  CHECK(scratch.view.header().live_index_generation.load() >= 1);
  CHECK(static_cast<int64_t>(stack.alloc_samples.load() - stack.free_samples.load()) +
            stack.adjust_samples.load() ==
        0);
  // Every filter slot went back to zero, so no free pays for what is gone.
  uint64_t left = 0;
  for (const FilterSlot& slot : free_filter) left += slot.load() != 0 ? 1 : 0;
  CHECK(left == 0);
}

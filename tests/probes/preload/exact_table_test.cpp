// SPDX-License-Identifier: Apache-2.0
// Exact mode's tables without the hooks: a thread's shard, the shadow, and what a reader sums up.
#include "probes/preload/exact_table.h"

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "probes/ledger/reader.h"
#include "probes/preload/ledger_growth.h"
#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;
using namespace seep::probe;

namespace {

constexpr uint64_t kSize = 100;

const void* Pointer(uint64_t n) {
  return reinterpret_cast<const void*>(0x7000'0000'0000 + n * 32);
}

CapturedStack StackOf(uint64_t n) {
  CapturedStack stack;
  stack.count = 2;
  stack.frames[0] = n + 1;
  stack.frames[1] = 7;
  return stack;
}

// As the probe does it. Threads call these: no assertions, which Catch allows in one thread only.
bool Allocate(LedgerView view, uint64_t n, uint64_t stacks) {
  ThreadShard* shard = ThreadShard::OfThisThread(view);
  const CapturedStack stack = StackOf(n % stacks);
  const uint32_t id =
      shard != nullptr ? shard->FindStack(view, stack) : FindOrAddStack(view, stack);
  if (!InsertExact(view, shard, Pointer(n), {kSize, ledger::PackLive(id, 0, 0)})) return false;
  if (shard != nullptr) {
    shard->CountAlloc(view, id, kSize);
  } else {
    CountAlloc(view, id, {kSize, 65536});
  }
  return true;
}
bool Free(LedgerView view, uint64_t n) {
  ThreadShard* shard = ThreadShard::OfThisThread(view);
  LiveBlock block{};
  if (!TakeExact(view, shard, Pointer(n), &block)) return false;
  if (shard != nullptr) {
    shard->CountFree(view, ledger::LiveStack(block.meta), block.size_bytes);
  } else {
    CountFree(view, ledger::LiveStack(block.meta), {kSize, 65536});
  }
  return true;
}

struct Totals {
  double allocated = 0;
  double freed = 0;
  size_t live = 0;
  uint64_t samples = 0;
};
Totals Sum(const std::string& path) {
  auto reader = ledger::Reader::Open(path);
  REQUIRE(reader);
  const auto snapshot = reader->Read();
  REQUIRE(snapshot);
  Totals totals{.live = snapshot->live.size(), .samples = snapshot->samples};
  for (const auto& stack : snapshot->counters) {
    CHECK(stack.alloc_bytes == kSize * stack.alloc_objects);
    totals.allocated += stack.alloc_objects;
    totals.freed += stack.free_objects;
  }
  return totals;
}

uint64_t OwnedShards(LedgerView view) {
  uint64_t owned = 0;
  for (const ledger::Word& word : view.header().shard_owned) {
    owned += static_cast<uint64_t>(__builtin_popcountll(word.load()));
  }
  return owned;
}

// In a thread of its own, as the shard of the test's own thread outlives a test.
template <typename Body>
void InThread(Body body) {
  std::thread(body).join();
}

}  // namespace

TEST_CASE("blocks and stacks are counted once, also while the thread still runs") {
  REQUIRE(ThreadShard::Prepare());
  ScratchLedger scratch(1);
  InThread([&scratch] {
    // More stacks than a shard has slots: slots are flushed and used again.
    constexpr uint64_t kBlocks = 20'000;
    for (uint64_t n = 0; n < kBlocks; ++n) REQUIRE(Allocate(scratch.view, n, 1000));
    for (uint64_t n = 0; n < kBlocks; n += 2) REQUIRE(Free(scratch.view, n));
    CHECK_FALSE(Free(scratch.view, 0));
    CHECK(OwnedShards(scratch.view) == 1);
    const Totals totals = Sum(scratch.path);
    CHECK(totals.allocated == kBlocks);
    CHECK(totals.samples == kBlocks);
    CHECK(totals.freed == kBlocks / 2);
    CHECK(totals.live == kBlocks / 2);
    for (uint64_t n = 1; n < kBlocks; n += 2) REQUIRE(Free(scratch.view, n));
  });
  CHECK(OwnedShards(scratch.view) == 0);
  const Totals totals = Sum(scratch.path);
  CHECK(totals.allocated == totals.freed);
  CHECK(totals.live == 0);
}

TEST_CASE("blocks freed by other threads, and threads that end, leave nothing behind") {
  REQUIRE(ThreadShard::Prepare());
  ScratchLedger scratch(1);
  constexpr uint64_t kThreads = 4;
  constexpr uint64_t kBlocks = 5000;
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    std::barrier meeting(kThreads);
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (uint64_t n = 0; n < kBlocks; ++n) Allocate(scratch.view, t * kBlocks + n, 50);
        meeting.arrive_and_wait();
        const uint64_t neighbour = (t + 1) % kThreads;
        for (uint64_t n = 0; n < kBlocks; ++n) Free(scratch.view, neighbour * kBlocks + n);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const Totals totals = Sum(scratch.path);
  CHECK(totals.allocated == kThreads * kBlocks * kRounds);
  CHECK(totals.freed == totals.allocated);
  CHECK(totals.live == 0);
  CHECK(OwnedShards(scratch.view) == 0);
  // Entries came back to the common list when their threads ended: none is taken twice over.
  CHECK(scratch.view.header().live_used.load() < kThreads * (kBlocks + 200));
}

TEST_CASE("more threads than shards lose nothing") {
  REQUIRE(ThreadShard::Prepare());
  ScratchLedger scratch(1);
  constexpr uint64_t kThreads = ledger::kShardCapacity + 12;
  constexpr uint64_t kBlocks = 100;
  std::barrier meeting(kThreads);
  std::atomic<uint64_t> without{0};
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t n = 0; n < kBlocks; ++n) Allocate(scratch.view, t * kBlocks + n, 10);
      if (ThreadShard::OfThisThread(scratch.view) == nullptr) without.fetch_add(1);
      meeting.arrive_and_wait();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(without.load() >= 12);
  const Totals totals = Sum(scratch.path);
  CHECK(totals.allocated == kThreads * kBlocks);
  CHECK(totals.live == kThreads * kBlocks);
}

TEST_CASE("a full ledger ends exact mode: what is there is thinned, and weighed for it") {
  REQUIRE(ThreadShard::Prepare());
  ScratchLedger scratch(1);
  InThread([&scratch] {
    const LedgerView view = scratch.view;
    ThreadShard* shard = ThreadShard::OfThisThread(view);
    REQUIRE(shard != nullptr);
    view.header().max_bytes = 0;
    // The shadow is the process's: addresses that no other case leaves in use.
    constexpr uint64_t kFirst = 10'000'000;
    uint64_t kept = 0;
    while (InsertExact(view, shard, Pointer(kFirst + kept), {kSize, ledger::PackLive(1, 0, 0)})) {
      ++kept;
    }
    CHECK(kept <= kStepBytes / sizeof(ledger::LiveEntry));
    CHECK(kept > kStepBytes / sizeof(ledger::LiveEntry) - 200);
    CHECK(view.is_exact());
    uint64_t random = 1;
    EndExact(view, random);
    CHECK_FALSE(view.is_exact());
    CHECK(view.IntervalBytes(view.doublings()) == 4096);
    // 100 B at T = 4 KiB: one in 41 stays and stands for 41.
    uint64_t left = 0;
    double estimate = 0;
    for (uint64_t n = 0; n < kept; ++n) {
      LiveBlock block{};
      if (!TakeExact(view, shard, Pointer(kFirst + n), &block)) continue;
      ++left;
      estimate += static_cast<double>(EstimateOf(view, block).bytes);
    }
    CHECK(left > 20);
    CHECK(left < 150);
    const auto truth = static_cast<double>(kept * kSize);
    CHECK(estimate / truth ==
          Approx(static_cast<double>(left) / static_cast<double>(kept) * 41.46).epsilon(0.01));
  });
}

// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/stack_table.h"

#include <set>
#include <thread>
#include <vector>

#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;
using namespace seep::probe;

namespace {

CapturedStack MakeStack(uint64_t seed, uint32_t depth = 8) {
  CapturedStack stack;
  stack.count = depth;
  for (uint32_t i = 0; i < depth; ++i) stack.frames[i] = MixBits(seed * 64 + i + 1) >> 8;
  return stack;
}

uint64_t Loss(LedgerView view, ledger::Loss loss) {
  return view.header().losses[loss].load();
}

}  // namespace

TEST_CASE("a stack has one slot, and another stack another") {
  ScratchLedger scratch;
  const uint32_t first = FindOrAddStack(scratch.view, MakeStack(1));
  const uint32_t second = FindOrAddStack(scratch.view, MakeStack(2));
  CHECK(first != ledger::kOverflowStack);
  CHECK(first != second);
  CHECK(FindOrAddStack(scratch.view, MakeStack(1)) == first);
  CHECK(FindOrAddStack(scratch.view, MakeStack(2)) == second);
  // A prefix is a stack of its own.
  CHECK(FindOrAddStack(scratch.view, MakeStack(1, 7)) != first);
  CHECK(FindOrAddStack(scratch.view, MakeStack(9, 0)) != ledger::kOverflowStack);
}

TEST_CASE("the table grows to its capacity; then new stacks go to the overflow slot") {
  ScratchLedger scratch;
  const uint64_t capacity = ledger::kFullGeometry.stacks;
  for (uint64_t i = 0; i < capacity + 100; ++i) FindOrAddStack(scratch.view, MakeStack(i, 2));
  CHECK(Loss(scratch.view, ledger::kLossStackTable) == 101);  // slot 0 is taken from the start
  CHECK(scratch.view.header().stacks_used.load() == capacity);
  CHECK(FindOrAddStack(scratch.view, MakeStack(1u << 30, 2)) == ledger::kOverflowStack);
  // Known ones are still found, whichever generation of the index they came with.
  for (uint64_t i = 0; i + 1 < capacity; ++i) {
    REQUIRE(FindOrAddStack(scratch.view, MakeStack(i, 2)) == i + 1);
  }
}

TEST_CASE("a full frame arena sends new stacks to the overflow slot and burns no slot") {
  ScratchLedger scratch;
  const uint64_t fit = ledger::kFullGeometry.frames / ledger::kMaxFrames;
  for (uint64_t i = 0; i < fit + 10; ++i) FindOrAddStack(scratch.view, MakeStack(i, 64));
  CHECK(Loss(scratch.view, ledger::kLossFrameArena) == 10);
  CHECK(scratch.view.header().stacks_used.load() == fit + 1);
}

TEST_CASE("a ledger at its maximum takes no stack more than its pages hold") {
  ScratchLedger scratch;
  scratch.view.header().max_bytes = 0;
  for (uint64_t i = 0; i < 2000; ++i) FindOrAddStack(scratch.view, MakeStack(i, 2));
  const uint64_t ready = scratch.view.header().stacks_ready.load();
  CHECK(scratch.view.header().stacks_used.load() == ready);
  CHECK(Loss(scratch.view, ledger::kLossStackTable) == 2000 - (ready - 1));
}

TEST_CASE("threads that add the same stacks agree on the slots") {
  ScratchLedger scratch;
  constexpr uint64_t kStacks = 10000;  // through two generations of the index
  std::vector<std::vector<uint32_t>> found(4, std::vector<uint32_t>(kStacks));
  std::vector<std::thread> threads;
  for (auto& slots : found) {
    threads.emplace_back([&scratch, &slots] {
      for (uint64_t i = 0; i < kStacks; ++i) {
        slots[i] = FindOrAddStack(scratch.view, MakeStack(i));
        CountAlloc(scratch.view, slots[i], Estimate{100, 65536});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<uint32_t> distinct;
  for (uint64_t i = 0; i < kStacks; ++i) {
    std::set<uint32_t> slots;
    for (const auto& of_thread : found) slots.insert(of_thread[i]);
    uint64_t bytes = 0;
    for (const uint32_t slot : slots) bytes += scratch.view.stacks()[slot].alloc_bytes.load();
    CHECK(bytes == 400);
    CHECK(slots.count(ledger::kOverflowStack) == 0);
    distinct.insert(slots.begin(), slots.end());
  }
  // A stack has two slots only if it came while the index was growing, which it did twice.
  CHECK(distinct.size() >= kStacks);
  CHECK(distinct.size() <= kStacks + 8);
}

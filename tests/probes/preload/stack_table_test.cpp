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

TEST_CASE("a full stack table sends new stacks to the overflow slot and counts them") {
  ScratchLedger scratch;
  for (uint64_t i = 0; i < ledger::kStackCapacity + 100; ++i) {
    FindOrAddStack(scratch.view, MakeStack(i, 2));
  }
  CHECK(Loss(scratch.view, ledger::kLossStackTable) == 101);  // slot 0 is taken from the start
  CHECK(FindOrAddStack(scratch.view, MakeStack(1u << 30, 2)) == ledger::kOverflowStack);
  // Known ones are still found.
  CHECK(FindOrAddStack(scratch.view, MakeStack(5, 2)) != ledger::kOverflowStack);
}

TEST_CASE("a full frame arena sends new stacks to the overflow slot and burns no slot") {
  ScratchLedger scratch;
  const uint64_t fit = ledger::kFrameCapacity / ledger::kMaxFrames;
  for (uint64_t i = 0; i < fit + 10; ++i) FindOrAddStack(scratch.view, MakeStack(i, 64));
  CHECK(Loss(scratch.view, ledger::kLossFrameArena) == 10);
  CHECK(scratch.view.header().stacks_used.load() == fit + 1);
}

TEST_CASE("threads that add the same stacks agree on the slots") {
  ScratchLedger scratch;
  constexpr uint64_t kStacks = 2000;
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
    for (const auto& slots : found) CHECK(slots[i] == found[0][i]);
    distinct.insert(found[0][i]);
    CHECK(scratch.view.stacks()[found[0][i]].alloc_bytes.load() == 400);
  }
  CHECK(distinct.size() == kStacks);
}

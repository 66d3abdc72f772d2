// SPDX-License-Identifier: Apache-2.0
// A walk that repeats an earlier one is known for it; any difference in what it reads is seen.
#include "probes/preload/unwind/walk_trace.h"

#include <ucontext.h>

#include <vector>

#include "probes/preload/unwinder.h"
#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;
using namespace seep::probe;

namespace {

ScratchLedger* g_ledger = nullptr;
unwind::WalkTrace g_trace;
CapturedStack g_stack;
bool g_is_repeated = false;

[[gnu::noipa]] void Remember() {
  const unwind::Registers caller = CallerOfThisFunction();
  CaptureStack(g_ledger->view, {}, &caller, &g_stack, &g_trace);
  asm volatile("");
}
[[gnu::noipa]] void LookAgain() {
  const unwind::Registers caller = CallerOfThisFunction();
  g_is_repeated = g_trace.IsRepeatedFrom(caller);
  CapturedStack stack;
  CaptureStack(g_ledger->view, {}, &caller, &stack);
  const bool is_equal = stack.count == g_stack.count &&
                        std::equal(stack.frames, stack.frames + stack.count, g_stack.frames);
  CHECK((is_equal || !g_is_repeated));
  asm volatile("");
}

// One call site at each depth. Every third frame is found by rbp.
[[gnu::noipa]] int Descend(int depth, size_t alloca_bytes, void (*work)()) {
  int below = 0;
  if (depth == 0) {
    work();
  } else if (depth % 3 == 0) {
    auto* block = static_cast<volatile char*>(__builtin_alloca(alloca_bytes));
    block[0] = 1;
    below = Descend(depth - 1, alloca_bytes, work) + block[0];
  } else {
    below = Descend(depth - 1, alloca_bytes, work) + 1;
  }
  asm volatile("");
  return below;
}

// The same depth from two places.
[[gnu::noipa]] int ByOneWay(int depth, void (*work)()) {
  const int below = Descend(depth, 64, work) + 1;
  asm volatile("");
  return below;
}
[[gnu::noipa]] int ByAnotherWay(int depth, void (*work)()) {
  const int below = Descend(depth, 64, work) + 2;
  asm volatile("");
  return below;
}

void RememberBelow() {
  Descend(2, 64, &Remember);
}

struct TracedLedger : ScratchLedger {
  TracedLedger() { g_ledger = this; }
  ~TracedLedger() { g_ledger = nullptr; }
};

bool IsRepeated(int (*way)(int, void (*)()), int depth) {
  way(depth, &LookAgain);
  return g_is_repeated;
}

}  // namespace

TEST_CASE("an equal walk is known, frames by rbp among them") {
  TracedLedger ledger;
  for (const int depth : {0, 1, 3, 6, 9}) {
    // One call site for both: a loop that is not unrolled.
    const volatile int twice = 2;
    for (int i = 0; i < twice; ++i) ByOneWay(depth, i == 0 ? &Remember : &LookAgain);
    INFO("depth " << depth);
    CHECK(g_trace.is_whole());
    CHECK(g_is_repeated);
  }
}

TEST_CASE("a walk of another depth, or from another caller far out, is not taken for it") {
  TracedLedger ledger;
  for (int i = 0; i < 3; ++i) {
    g_is_repeated = false;
    int (*way)(int, void (*)()) = i == 2 ? &ByAnotherWay : &ByOneWay;
    way(9, i == 0 ? &Remember : &LookAgain);
    CHECK(g_is_repeated == (i == 1));
  }
  CHECK_FALSE(IsRepeated(&ByOneWay, 8));
  CHECK_FALSE(IsRepeated(&ByOneWay, 10));
  Descend(9, 4096, &LookAgain);
  CHECK_FALSE(g_is_repeated);
}

TEST_CASE("a walk that is too deep, or on a stack that is not the thread's own, is not held") {
  TracedLedger ledger;
  ByOneWay(60, &Remember);
  CHECK_FALSE(g_trace.is_whole());

  static ucontext_t back;
  ucontext_t fiber;
  std::vector<char> stack(64 << 10);
  REQUIRE(getcontext(&fiber) == 0);
  fiber.uc_stack = {.ss_sp = stack.data(), .ss_flags = 0, .ss_size = stack.size()};
  fiber.uc_link = &back;
  makecontext(&fiber, &RememberBelow, 0);
  REQUIRE(swapcontext(&back, &fiber) == 0);
  CHECK(g_stack.count != 0);
  CHECK_FALSE(g_trace.is_whole());
}

// SPDX-License-Identifier: Apache-2.0
// Asks the real allocator what it holds and what of it is in use, and leaves the answer in the
// ledger. What the target keeps is known from samples; what the allocator keeps beside that only
// the allocator knows.
//
// Asking takes the allocator's locks (glibc's mallinfo2 walks each arena's free chunks under its
// lock). So it is done where this thread certainly holds none of them, seldom, and so that it takes
// a thousandth of the time at most: docs/ledger.md, "Asking the allocator".
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"

namespace seep::probe {

// Which allocator it is, by its malloc, and how it is asked. May allocate: from our constructor, or
// at an attach.
void FindAllocatorStats(uint64_t real_malloc);

// From the path of a sample, outside of any allocator call, with the thread marked busy. `now`: the
// birth clock.
[[gnu::cold, gnu::noinline]] void AskAllocator(LedgerView view, uint32_t now);
inline void AskAllocatorIfDue(LedgerView view, uint32_t now) {
  const uint64_t due = view.header().allocator_due_ticks.load(std::memory_order_relaxed);
  if (__builtin_expect(now >= due, 0)) AskAllocator(view, now);
}

}  // namespace seep::probe

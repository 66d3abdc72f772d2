// SPDX-License-Identifier: Apache-2.0
// Distinct stacks of the ledger: found or added without a lock, never removed.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/sampling.h"

namespace seep::probe {

// A captured stack: packed frames (ledger::PackFrame), innermost first. What is mapped at a stack
// and what is allocated at it are two stacks.
struct CapturedStack {
  uint64_t frames[ledger::kMaxFrames];
  uint32_t count = 0;
  bool is_truncated = false;
  bool is_mapping = false;
};

// Never 0.
uint64_t HashStack(const CapturedStack& stack);

// The slot of this stack; ledger::kOverflowStack (counted as a loss) when a table is full.
// Any thread, lock-free. Two threads that add the same stack at once may burn one slot; if the
// index grows at that very moment, a stack may have two.
uint32_t FindOrAddStack(LedgerView view, const CapturedStack& stack);

// Adds one sampled block to the cumulative counters of a slot.
void CountAlloc(LedgerView view, uint32_t stack_id, const Estimate& estimate);
void CountFree(LedgerView view, uint32_t stack_id, const Estimate& estimate);

// The same for mappings, which are no samples: bytes that came or went with `mappings` of them.
void CountMapped(LedgerView view, uint32_t stack_id, uint64_t bytes, uint64_t mappings);
void CountUnmapped(LedgerView view, uint32_t stack_id, uint64_t bytes, uint64_t mappings);

}  // namespace seep::probe

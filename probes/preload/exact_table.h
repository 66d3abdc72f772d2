// SPDX-License-Identifier: Apache-2.0
// Exact mode: every block has an entry in the live table, and a shadow of the address space says
// which. A block belongs to one thread from the return of malloc to the call of free, so the shadow
// needs no locked instruction; whoever hands a block to another thread synchronises with it.
//
// A word of shadow for each granule: an eighth of a glibc heap, half of another allocator's.
#pragma once

#include <cstdint>

#include "probes/preload/live_table.h"
#include "probes/preload/thread_shard.h"

namespace seep::probe {

// How close two blocks of the real allocator can be. Before the first block.
void SetExactGranule(uint64_t bytes);

// Records a new block; one that is known at its address was freed unseen, and is counted so. False:
// no entry is left, exact mode ends (EndExact). `shard` may be nullptr.
bool InsertExact(LedgerView view, ThreadShard* shard, const void* pointer, const LiveBlock& block);

// Thinning has dropped the entry of `key`. False: it was not in the shadow.
bool ForgetExact(uint64_t key, uint64_t id);

// Takes the block of `pointer` out. False: it is not known.
bool TakeExact(LedgerView view, ThreadShard* shard, const void* pointer, LiveBlock* block);

// Counts a block that was taken, in the shard when it has the weight 1.
inline void CountTaken(LedgerView view, ThreadShard* shard, const LiveBlock& block) {
  const uint32_t stack_id = ledger::LiveStack(block.meta);
  if (shard != nullptr && ledger::LiveDoublings(block.meta) == 0) {
    shard->CountFree(view, stack_id, block.size_bytes);
  } else {
    CountFree(view, stack_id, EstimateOf(view, block));
  }
}

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// The live table of the ledger: sampled blocks that have not been freed. Lock-free, any thread,
// safe in a signal handler. Entries are dense and used again; live_index.h finds them by pointer.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/sampling.h"

namespace seep::probe {

struct LiveBlock {
  uint64_t size_bytes;
  uint64_t meta;  // ledger::PackLive
};

// False (counted as a loss) when there is no place. `random` is the caller's generator: an
// insertion that finds the table full, and without room to grow, thins it.
bool InsertLive(LedgerView view, const void* pointer, const LiveBlock& block, uint64_t& random);

// Whether TakeLive would find it. Reads only.
bool IsLive(LedgerView view, const void* pointer);

// Takes the entry of `pointer` out and gives its block. False when there is none. The caller
// accounts the free with CountFree, or puts the block back with InsertLive.
bool TakeLive(LedgerView view, const void* pointer, LiveBlock* block);

// Exact mode has met a full ledger: the table is thinned, and from now on blocks are sampled.
void EndExact(LedgerView view, uint64_t& random);

// Makes an entry ours whose key says `key`; false: somebody else has. For exact_table.h too, as are
// entries that hold no block.
bool Reserve(LedgerView view, uint64_t id, uint64_t key);
bool PopFreeEntry(LedgerView view, uint64_t* id);
void PushFreeEntry(LedgerView view, uint64_t id);

// The estimate that a live block stands for.
Estimate EstimateOf(LedgerView view, const LiveBlock& block);

}  // namespace seep::probe

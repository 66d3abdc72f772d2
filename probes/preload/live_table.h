// SPDX-License-Identifier: Apache-2.0
// The live table of the ledger: sampled blocks that have not been freed. Lock-free, any thread,
// safe in a signal handler. A block is found within kLiveWindow places of its hash, so a lookup
// is bounded and removal leaves no tombstone.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/sampling.h"

namespace seep::probe {

inline constexpr uint32_t kLiveWindow = 32;
// Above this many entries the table is thinned, which keeps windows from filling up.
inline constexpr uint64_t kLiveMaximum = ledger::kLiveCapacity / 2;

struct LiveBlock {
  uint64_t size_bytes;
  uint64_t meta;  // ledger::PackLive
};

// False (counted as a loss) when the window is full. `random` is the caller's generator: an
// insertion that finds the table too full thins it.
bool InsertLive(LedgerView view, const void* pointer, const LiveBlock& block, uint64_t& random);

// Takes the entry of `pointer` out and gives its block. False when there is none. The caller
// accounts the free with CountFree, or puts the block back with InsertLive.
bool TakeLive(LedgerView view, const void* pointer, LiveBlock* block);

// The estimate that a live block stands for.
Estimate EstimateOf(LedgerView view, const LiveBlock& block);

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// Growth of the ledger: pages come into being in steps, ahead of their use, until the ledger's
// maximum or the tmpfs is reached. A page that cannot be had is an answer, never a SIGBUS.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"

namespace seep::probe {

// Bytes of a section that grow at once. Multiples of the page.
inline constexpr uint64_t kModuleStepBytes = 16 * 1024;
inline constexpr uint64_t kStepBytes = 64 * 1024;

// Takes `count` consecutive entries of an append-only section. Any thread. False: none is left,
// and none is to be had.
bool TakeModule(LedgerView view, uint64_t* id);
bool TakeStack(LedgerView view, uint64_t* id);
bool TakeFrames(LedgerView view, uint64_t count, uint64_t* first);
bool TakeLiveEntries(LedgerView view, uint64_t count, uint64_t* first);

// The pages of the shards up to number `shard`.
bool PopulateShard(LedgerView view, uint64_t shard);

// Whether the ledger has room for a generation of an index. Asks without a turn, so that threads
// that meet an index at its end do not keep each other from seeing that it is.
bool HasRoomForIndex(LedgerView view, const ledger::Section& index, uint64_t generation);

// Until the turn to grow the ledger, which another thread has just had, is over. False: it does not
// end.
bool AwaitGrowth(LedgerView view);

// Holds the right to grow the ledger, which one thread has at a time; nobody waits for it.
class GrowthTurn {
 public:
  explicit GrowthTurn(LedgerView view);
  ~GrowthTurn();
  GrowthTurn(const GrowthTurn&) = delete;
  GrowthTurn& operator=(const GrowthTurn&) = delete;
  bool is_ours() const { return is_ours_; }

  // Makes pages of the ledger exist. False: the maximum is reached, there is no memory (which then
  // is the maximum), or the target has forbidden system calls (seccomp_watch.h).
  bool Populate(uint64_t offset, uint64_t bytes) const;
  // The pages of one generation of an index; false also when it has no such generation.
  bool PopulateIndex(const ledger::Section& index, uint64_t generation) const;

 private:
  LedgerView view_;
  bool is_ours_;
};

}  // namespace seep::probe

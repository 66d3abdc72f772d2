// SPDX-License-Identifier: Apache-2.0
// Anonymous memory that the target maps, each region with its stack, in the live table and the
// stack table of the ledger. Any thread, safe in a signal handler and in a vfork child; never
// blocks, keeps errno. Cold: a mapping costs a system call anyway.
#pragma once

#include <cstdint>

#include "probes/preload/mapping_table.h"

namespace seep::probe {

// Any region at all is known: one load, so that a process without costs its unmappings nothing.
bool HasMappedMemory();

// A region that has just come, from the calling stack. What was known of its addresses is stale.
void RecordMapped(const Region& region);

// What a call that unmaps takes away. Made before the real call, so that another thread that is
// given the addresses at once finds them free; PutBack when the call has failed.
class [[nodiscard]] UnmapRecord {
 public:
  explicit UnmapRecord(const Region& range);
  void PutBack();
  bool has_any() const { return count_ != 0; }

 private:
  friend class MappedMemory;
  struct Taken {
    Region region;
    uint64_t meta;  // ledger::PackLive
  };
  void Add(const Region& region, uint64_t meta);

  // More than these a call that fails does not put back: they are counted as a loss.
  static constexpr uint32_t kMost = 8;
  Taken taken_[kMost];
  uint32_t count_ = 0;
};

// Before the first ledger: a fork child begins with nothing. False: the kernel cannot.
bool WipeMappedMemoryOnFork();

}  // namespace seep::probe

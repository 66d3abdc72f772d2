// SPDX-License-Identifier: Apache-2.0
// The regions of anonymous memory that are mapped, found by range: a treap in memory of its own.
// All zero is the empty table, so that it may lie in .bss and be wiped in a fork child. Not
// thread-safe: mapped_memory.cpp holds its turn.
#pragma once

#include <cstdint>

namespace seep::probe {

// Bytes of the address space, end exclusive.
struct Region {
  uint64_t start = 0;
  uint64_t end = 0;
};

class MappingTable {
 public:
  // The kernel's usual limit of mappings (vm.max_map_count), which merges neighbours, is as much.
  static constexpr uint32_t kCapacity = 64 * 1024;

  // `region` must not overlap another. False: the table is full.
  bool Insert(const Region& region);

  // Takes out one region that has bytes in `range`, whole. False: there is none.
  bool TakeOverlapping(const Region& range, Region* taken);

 private:
  // Number 0 is "none". Priorities are a hash of the number: regions get numbers as they come, so
  // they say nothing of the order of addresses, and the tree stays shallow (2 ln n).
  struct Node {
    Region region;
    uint32_t left;
    uint32_t right;  // in a free node: the next free one
  };

  uint32_t LastBefore(uint64_t address) const;
  void Remove(uint32_t node);

  Node nodes_[kCapacity + 1] = {};
  uint32_t root_ = 0;
  uint32_t first_free_ = 0;
  uint32_t used_ = 0;
};

}  // namespace seep::probe

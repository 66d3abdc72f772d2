// SPDX-License-Identifier: Apache-2.0
// The live allocations whose free() will be dropped. Thread-safe; takes memory from mmap only.
// Hash set in 64 stripes, each behind a spin lock, in front of it a counting filter:
// filter[slot(p)] == 0 implies that p is not held, so free() of anything else costs one load.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seep_leak {

class MarkSet {
 public:
  // Maps and touches all that it needs at first, so that it does not look like growth later.
  bool Init();

  bool MayHold(const void* block) const {
    return __atomic_load_n(&filter_[Hash(block) >> kFilterShift], __ATOMIC_RELAXED) != 0;
  }
  void Insert(void* block, size_t size_bytes);
  // False when the block is not held, else its size.
  bool Remove(void* block, size_t* size_bytes);

  // Around fork(): the child's copy is whole, and other atfork handlers of the forking thread may
  // still allocate and free in between.
  void LockAll();
  void UnlockAll();

 private:
  static constexpr unsigned kFilterShift = 64 - 18;  // 256 Ki counters of one byte
  static constexpr unsigned kStripes = 64;
  static constexpr size_t kFirstCapacity = 256;

  struct Entry {
    uintptr_t address;  // 0 = empty
    size_t size_bytes;
  };
  struct alignas(64) Stripe {
    std::atomic<bool> is_locked{false};
    size_t used = 0;
    size_t capacity = 0;  // a power of two, at least 2 * used
    Entry* entries = nullptr;
  };
  class Lock;

  // Blocks are 16-byte aligned; a multiplication spreads the rest over the top bits.
  static uint64_t Hash(const void* block) {
    return (reinterpret_cast<uintptr_t>(block) >> 4) * 0x9E3779B97F4A7C15u;
  }
  Stripe& StripeOf(uint64_t hash) { return stripes_[hash % kStripes]; }
  static size_t Home(uintptr_t address, size_t capacity);
  static bool Grow(Stripe* stripe);
  static void Put(Entry* entries, size_t capacity, Entry entry);

  static void Count(uint8_t* counter, int change);

  uint8_t filter_[1u << (64 - kFilterShift)] = {};  // atomic builtins; in .bss as plain bytes
  Stripe stripes_[kStripes];
};

}  // namespace seep_leak

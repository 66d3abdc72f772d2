// SPDX-License-Identifier: Apache-2.0
// The counting filter that lets an unsampled free pass after one load: a byte per slot, zero means
// "no sampled block hashes here". 16 slots a live entry keep false positives under 6 %.
// A counter that reaches 255 stays there: a false positive for ever, never a missed free.
#pragma once

#include <atomic>
#include <cstdint>

#include "probes/ledger/layout.h"

namespace seep::probe {

inline constexpr int kFilterBits = 19;
inline constexpr uint64_t kFilterSlots = uint64_t{1} << kFilterBits;
static_assert(kFilterSlots >= 16 * ledger::kLiveCapacity);

using FilterSlot = std::atomic<uint8_t>;

// Lives in .bss, so that a free before our constructor reads zeros; wiped in a fork child.
extern FilterSlot free_filter[kFilterSlots] __attribute__((visibility("hidden")));

inline uint64_t HashPointer(uint64_t pointer) {
  return pointer * 0x9e3779b97f4a7c15;
}
inline FilterSlot& FilterSlotOf(const void* pointer) {
  return free_filter[HashPointer(reinterpret_cast<uint64_t>(pointer)) >> (64 - kFilterBits)];
}

inline bool MayBeSampled(const void* pointer) {
  return FilterSlotOf(pointer).load(std::memory_order_relaxed) != 0;
}
inline void FilterAdd(const void* pointer) {
  FilterSlot& slot = FilterSlotOf(pointer);
  uint8_t count = slot.load(std::memory_order_relaxed);
  while (count != 255 && !slot.compare_exchange_weak(count, static_cast<uint8_t>(count + 1),
                                                     std::memory_order_relaxed)) {
  }
}
inline void FilterRemove(const void* pointer) {
  FilterSlot& slot = FilterSlotOf(pointer);
  uint8_t count = slot.load(std::memory_order_relaxed);
  while (count != 255 && count != 0 &&
         !slot.compare_exchange_weak(count, static_cast<uint8_t>(count - 1),
                                     std::memory_order_relaxed)) {
  }
}

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// The counting filter that lets an unsampled free pass after one load: a byte per granule of the
// address space, zero means "no sampled block begins here".
//
// The slot is the address itself, shifted and cut, not a hash of it: neighbouring blocks share a
// cache line of the filter, and pages of it come into being only where sampled blocks are, so it
// grows with the heap by itself. A granule is T/32: 3 % of those in use hold a sample, and a live
// sample costs 32 bytes of filter; with T/128 it would be 1 %, for 128 bytes.
// Addresses alias every kFilterSlots granules (16 GiB at the default T); with so much heap in use
// the slots are what counts, whatever the granule. A counter that reaches 255 stays there: a false
// positive for ever, never a missed free.
#pragma once

#include <atomic>
#include <bit>
#include <cstdint>

namespace seep::probe {

inline constexpr uint64_t kFilterSlots = uint64_t{1} << 22;

using FilterSlot = std::atomic<uint8_t>;

// Lives in .bss, so that a free before our constructor reads zeros; wiped in a fork child.
extern FilterSlot free_filter[kFilterSlots] __attribute__((visibility("hidden")));
// log2 of the granule; set before the first sample. 63 in exact mode: every block is in slot 0,
// which then says "maybe" for good.
extern std::atomic<uint32_t> filter_shift __attribute__((visibility("hidden")));

inline FilterSlot& FilterSlotOf(const void* pointer) {
  const uint64_t granule =
      reinterpret_cast<uint64_t>(pointer) >> filter_shift.load(std::memory_order_relaxed);
  return free_filter[granule & (kFilterSlots - 1)];
}

inline bool MayBeSampled(const void* pointer) {
  return FilterSlotOf(pointer).load(std::memory_order_relaxed) != 0;
}

// For a ledger with the mean interval T; the filter is empty, or is emptied by the caller.
inline void SetFilterGranule(uint64_t interval_bytes) {
  constexpr uint32_t kSmallest = 4;  // malloc aligns to 16 bytes
  constexpr uint32_t kLargest = 20;  // no coarser at T = 32 MiB and above
  if (interval_bytes <= 1) {
    filter_shift.store(63, std::memory_order_relaxed);
    free_filter[0].store(255, std::memory_order_relaxed);
    return;
  }
  const auto log2 = static_cast<uint32_t>(std::bit_width(interval_bytes) - 1);
  const uint32_t shift = log2 < 5 + kSmallest ? kSmallest : log2 - 5;
  filter_shift.store(shift < kLargest ? shift : kLargest, std::memory_order_relaxed);
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

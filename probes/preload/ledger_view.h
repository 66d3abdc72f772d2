// SPDX-License-Identifier: Apache-2.0
// Typed access to a mapped ledger of this process. A value: copy it freely.
#pragma once

#include <atomic>
#include <cstdint>

#include "probes/ledger/layout.h"

namespace seep::probe {

struct LedgerView {
  char* base = nullptr;

  ledger::Header& header() const { return *reinterpret_cast<ledger::Header*>(base); }
  ledger::Module* modules() const { return At<ledger::Module>(header().modules); }
  ledger::StackSlot* stacks() const { return At<ledger::StackSlot>(header().stacks); }
  std::atomic<uint32_t>* stack_index() const {
    return At<std::atomic<uint32_t>>(header().stack_index);
  }
  uint64_t* frames() const { return At<uint64_t>(header().frames); }
  ledger::LiveEntry* live() const { return At<ledger::LiveEntry>(header().live); }
  std::atomic<uint32_t>* live_index() const {
    return At<std::atomic<uint32_t>>(header().live_index);
  }
  ledger::Shard* shards() const { return At<ledger::Shard>(header().shards); }

  // Tells this ledger from others that were, or will be, mapped at the same place.
  uint64_t Number() const { return header().created_monotonic_ns; }

  // Asked for: blocks may be in the shadow (exact_table.h).
  bool is_exact_asked() const { return header().base_interval_bytes <= 1; }
  // Still so: every block is a sample of weight 1. It ends when the ledger is full.
  bool is_exact() const {
    return is_exact_asked() && header().thin_doublings.load(std::memory_order_acquire) == 0;
  }

  double IntervalBytes(uint32_t doublings) const {
    return static_cast<double>(header().base_interval_bytes) *
           static_cast<double>(uint64_t{1} << (doublings & 63));
  }
  // Of T now, by thinning and by the CPU budget.
  uint32_t doublings() const {
    return static_cast<uint32_t>(header().thin_doublings.load(std::memory_order_relaxed) +
                                 header().storm_doublings.load(std::memory_order_relaxed));
  }
  void CountLoss(ledger::Loss loss) const {
    header().losses[loss].fetch_add(1, std::memory_order_relaxed);
  }

 private:
  template <typename T>
  T* At(const ledger::Section& section) const {
    return reinterpret_cast<T*>(base + section.offset);
  }
};

}  // namespace seep::probe

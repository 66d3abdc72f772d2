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
  ledger::Module* modules() const { return At<ledger::Module>(ledger::kModulesOffset); }
  ledger::StackSlot* stacks() const { return At<ledger::StackSlot>(ledger::kStacksOffset); }
  std::atomic<uint32_t>* stack_index() const {
    return At<std::atomic<uint32_t>>(ledger::kStackIndexOffset);
  }
  uint64_t* frames() const { return At<uint64_t>(ledger::kFramesOffset); }
  ledger::Word* live_keys() const { return At<ledger::Word>(ledger::kLiveKeysOffset); }
  ledger::LiveEntry* live_entries() const {
    return At<ledger::LiveEntry>(ledger::kLiveEntriesOffset);
  }

  double IntervalBytes(uint32_t doublings) const {
    return static_cast<double>(header().base_interval_bytes) *
           static_cast<double>(uint64_t{1} << (doublings & 63));
  }
  uint32_t doublings() const {
    return static_cast<uint32_t>(header().interval_doublings.load(std::memory_order_relaxed));
  }
  void CountLoss(ledger::Loss loss) const {
    header().losses[loss].fetch_add(1, std::memory_order_relaxed);
  }

 private:
  template <typename T>
  T* At(uint64_t offset) const {
    return reinterpret_cast<T*>(base + offset);
  }
};

}  // namespace seep::probe

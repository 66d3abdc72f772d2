// SPDX-License-Identifier: Apache-2.0
// Loaded objects of the ledger, and the packing of run-time addresses into frames. No lock, no
// loader lock: _dl_find_object only. What it answers is compared with the stored build id each
// time, so an object mapped where another one was unloaded is never taken for it.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"

struct link_map;

namespace seep::probe {

// Turns run-time addresses of ONE stack into frames; remembers the modules already checked.
class FramePacker {
 public:
  explicit FramePacker(LedgerView view) : view_(view) {}

  // `return_address` is packed against the object that holds return_address - 1.
  uint64_t Pack(uint64_t return_address);

 private:
  struct Known {
    uint64_t start = 0;
    uint64_t end = 0;
    uint64_t load_bias = 0;
    uint32_t module = ledger::kNoModule;
  };
  static constexpr uint32_t kRemembered = 4;

  LedgerView view_;
  Known known_[kRemembered] = {};
  uint32_t next_ = 0;
};

// The loader's entry of the object that holds `address`; nullptr when there is none.
const link_map* FindLinkMap(uint64_t address);

// The mapping of the object that holds `address`: false when there is none.
bool FindMapping(uint64_t address, uint64_t* start, uint64_t* end);

}  // namespace seep::probe

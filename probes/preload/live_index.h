// SPDX-License-Identifier: Apache-2.0
// From a pointer to its entry in the live table. Lock-free, any thread. A place holds the number of
// an entry and 11 bits of the pointer's hash; what it says is a hint that the entry itself
// confirms.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"

namespace seep::probe {

// The entry of `key` whose key word still says so; kNoEntry: there is none.
inline constexpr uint64_t kNoEntry = ~uint64_t{0};
uint64_t FindEntry(LedgerView view, uint64_t key);

// Enters entry `id`, whose key has been published. False: there is no place.
bool EnterEntry(LedgerView view, uint64_t key, uint64_t id);

// Takes out an entry whose key word no longer says `key`.
void LeaveEntry(LedgerView view, uint64_t key, uint64_t id);

// Doubles an index that is fuller than it should be. False: it is too full, and there is no room.
bool MakeIndexRoom(LedgerView view);

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// Runs a copy from a mapped file that may shrink meanwhile: SIGBUS becomes `false`.
#pragma once

#include <cstdint>

namespace seep::ledger {

// Copies `words` 64-bit words in ascending order, each by one atomic load. False when the mapping
// faulted. Installs the process's SIGBUS handler at the first call; faults outside of a guarded
// copy go to the default action.
bool GuardedCopy(const void* from, uint64_t* to, uint64_t words);

}  // namespace seep::ledger

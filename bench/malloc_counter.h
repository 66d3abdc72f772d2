// SPDX-License-Identifier: Apache-2.0
// Counts this program's allocations, libraries' too: malloc_counter.cpp defines the malloc family.
#pragma once

#include <cstdint>

namespace seep::bench {

// Of the calling thread, since its start.
uint64_t MallocCalls();

}  // namespace seep::bench

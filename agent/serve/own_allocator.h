// SPDX-License-Identifier: Apache-2.0
// What the allocator of the daemon itself says, when that is jemalloc: linked or preloaded.
#pragma once

#include <optional>

#include "agent/serve/agent_snapshot.h"

namespace seep::serve {

// Absent with any other allocator. 10-70 us: jemalloc gathers its figures. Any thread.
std::optional<AllocatorFigures> OwnAllocatorFigures();

}  // namespace seep::serve

// SPDX-License-Identifier: Apache-2.0
// What the handover allocator and the thread that is waiting for a block agree on.
#pragma once

#include <atomic>

namespace traps {

struct HandoverDesk {
  std::atomic<void*> watched;  // the block whose free hands it over
  std::atomic<void*> offered;  // what the next malloc returns
  std::atomic<bool> is_taken;  // that malloc has returned to its caller: the free may return too
};

}  // namespace traps

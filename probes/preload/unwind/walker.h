// SPDX-License-Identifier: Apache-2.0
// Follows the calling thread's stack from frame to frame by cached rules.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/stack_table.h"

namespace seep::probe {

struct AddressRange {
  uint64_t start = 0;
  uint64_t end = 0;
};

namespace unwind {

// Where a walk begins. An address of code is always given as a return address: the address of
// the instruction looked up, plus one.
struct Registers {
  uint64_t return_address;
  uint64_t rsp;
  uint64_t rbp;
  uint64_t rbx = 0;  // of the first frame only
};

enum class WalkEnd : uint8_t {
  kOutermost,  // the stack has no more frames
  kFull,       // ledger::kMaxFrames are stored; there are more
  kLost,       // no or strange unwind data, or a stack that cannot be read or does not rise
};

// Stores the frames from `from` on, packed, without the leading ones inside `skip`. No lock, no
// allocation; warm and on the thread's own stack no system call.
WalkEnd WalkStack(LedgerView view, const Registers& from, const AddressRange& skip,
                  CapturedStack* stack);
// The same, and what it depended on (walk_trace.h).
class WalkTrace;
WalkEnd TraceStack(LedgerView view, const Registers& from, const AddressRange& skip,
                   CapturedStack* stack, WalkTrace* trace);

}  // namespace unwind
}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// Captures the calling thread's stack. docs/unwinding.md says how and within which limits.
#pragma once

#include "probes/preload/ledger_view.h"
#include "probes/preload/stack_table.h"
#include "probes/preload/unwind/walker.h"

namespace seep::probe {

// Frames of the caller, innermost first, without the leading ones inside `skip` (the probe's own
// code). Every frame is a return address; of a frame that a signal has interrupted, the address
// after the instruction's first byte. Takes no lock, allocates nothing; makes a system call only
// on stacks that are not the thread's own. Call it with no lock held.
//
// `from` is where to begin: the caller of the hook (CallerOfThisFunction), which saves the way
// through the probe's own frames. A walk from there lacks rbx; one that is lost is taken again from
// here. `trace` comes back whole when an equal walk may be left out.
void CaptureStack(LedgerView view, const AddressRange& skip, const unwind::Registers* from,
                  CapturedStack* stack, unwind::WalkTrace* trace = nullptr);

// The caller of the function that this is used in, which must not be inlined.
[[gnu::always_inline]] inline unwind::Registers CallerOfThisFunction() {
  const auto* frame = static_cast<const uint64_t*>(__builtin_frame_address(0));
  return {frame[1], reinterpret_cast<uint64_t>(frame + 2), frame[0]};
}

}  // namespace seep::probe

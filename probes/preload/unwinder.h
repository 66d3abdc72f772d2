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
void CaptureStack(LedgerView view, const AddressRange& skip, CapturedStack* stack);

}  // namespace seep::probe

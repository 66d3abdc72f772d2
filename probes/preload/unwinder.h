// SPDX-License-Identifier: Apache-2.0
// Captures the calling thread's stack. docs/unwinding.md says which unwinder and why.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/stack_table.h"

namespace seep::probe {

struct AddressRange {
  uint64_t start = 0;
  uint64_t end = 0;
};

// Frames of the caller, innermost first, without the leading ones inside `skip` (the probe's own
// code). Takes no lock, allocates nothing, makes no system call. Call it with no lock held.
void CaptureStack(LedgerView view, const AddressRange& skip, CapturedStack* stack);

}  // namespace seep::probe

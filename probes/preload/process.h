// SPDX-License-Identifier: Apache-2.0
// The probe's state of this process: which ledger it writes, and whether it may.
//
// The state lies on a page that the kernel wipes in a fork child (MADV_WIPEONFORK), so a child,
// also one made by a raw clone, finds it empty and opens a ledger of its own at its first sample.
// A vfork or CLONE_VM child shares our memory: what it allocates stays in use in its parent's heap,
// what it frees is free there. So it writes to its parent's ledger, as another thread would.
#pragma once

#include "probes/preload/ledger_file.h"
#include "probes/preload/ledger_view.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {

enum class Access {
  kWritable,
  kOpening,  // another thread is making the ledger: try again at the next allocation
  kNone,     // inert for good
};

// The ledger of this process; `view` is set for kWritable. Opens the ledger when the process has
// none yet. Cold paths only.
struct LedgerAccess {
  Access access = Access::kNone;
  LedgerView view;

  bool is_writable() const { return access == Access::kWritable; }
};
LedgerAccess AcquireLedger();

// Of a library that was attached, not preloaded (attached.h). Nothing is recorded and no ledger
// opened until AttachLedger; from then on also fork children open theirs, as `settings` say.
// DetachLedger lets go of the ledger, which stays where it lies for whoever reads it last; threads
// that are inside the probe meanwhile write to empty pages in its place. Cold; one thread at a
// time.
void StayInert();
// nullptr, also when a ledger is open already; else why none could be opened.
const char* AttachLedger(const Settings& settings);
void DetachLedger();

// The probe's own code, left out of every stack.
const AddressRange& OwnCode();

// Birth clock of the ledger: ledger::kBirthTicksPerSecond, no system call.
uint32_t BirthTicks(LedgerView view);
// The same for what is born now. Left in the ledger too: the process lived until then at least.
uint32_t Now(LedgerView view);

}  // namespace seep::probe

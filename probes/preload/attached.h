// SPDX-License-Identifier: Apache-2.0
// libseep.so put into a process that already runs (docs/attach.md): not in front of the program,
// idle until seep_attach, idle again after seep_detach, never unloaded.
#pragma once

#include "probes/ledger/attach_request.h"
#include "probes/preload/hooks.h"

namespace seep::probe {

// True when the library came in by dlopen: behind libc in the list of loaded objects, not before
// it as a preloaded one. Called by our constructor only, when the list does not change.
bool IsLateArrival();

}  // namespace seep::probe

extern "C" {
SEEP_EXPORT void seep_attach(seep::ledger::AttachRequest* request);
SEEP_EXPORT void seep_redirect(seep::ledger::SlotRequest* request);
SEEP_EXPORT void seep_detach(seep::ledger::SlotRequest* request);
SEEP_EXPORT extern seep::ledger::SlotChange seep_slots[seep::ledger::kMaxSlots];
}

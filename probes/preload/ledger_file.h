// SPDX-License-Identifier: Apache-2.0
// Makes this process's ledger: a sparse file on tmpfs, its first pages fallocated before it is
// mapped shared (ledger_growth.h adds others). Cold, once a process. Any failure is a reason in
// words, never an abort.
#pragma once

#include "probes/preload/identity.h"
#include "probes/preload/ledger_view.h"
#include "probes/preload/settings.h"

namespace seep::probe {

// Makes, maps and publishes a ledger; nullptr. On failure view->base stays nullptr and the reason
// is returned, and left as a symbolic link where the directory allows one.
const char* CreateLedger(const Settings& settings, const Identity& identity, LedgerView* view);

// Leaves a reason of the caller's own in that way.
void LeaveInertReason(const Settings& settings, const Identity& identity, const char* reason);

}  // namespace seep::probe

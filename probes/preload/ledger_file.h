// SPDX-License-Identifier: Apache-2.0
// Makes this process's ledger: a sparse file on tmpfs, its first pages fallocated before it is
// mapped shared (ledger_growth.h adds others). Cold, once a process. Any failure is a reason in
// words, never an abort.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/text.h"

namespace seep::probe {

using PathText = Text<512>;

// What the environment said, read once: a fork child must not read it again (another thread may
// be writing it at the fork).
struct Settings {
  PathText directory;           // $SEEP_DIR; empty: the default places
  PathText runtime_directory;   // $XDG_RUNTIME_DIR
  uint64_t interval_bytes = 0;  // 0: the default
  uint64_t max_bytes = 0;       // of the ledger's pages; 0: the default
  uint32_t cpu_percent = 0;     // of one CPU that sampling may take; 0: no limit
  uint64_t run_token = 0;
};
void ReadSettings(Settings* settings);

// Who is writing.
struct Identity {
  uint32_t pid = 0;
  uint64_t start_ticks = 0;
};
Identity ReadIdentity();

// Makes, maps and publishes a ledger; nullptr. On failure view->base stays nullptr and the reason
// is returned, and left as a symbolic link where the directory allows one.
const char* CreateLedger(const Settings& settings, const Identity& identity, LedgerView* view);

// Leaves a reason of the caller's own in that way.
void LeaveInertReason(const Settings& settings, const Identity& identity, const char* reason);

}  // namespace seep::probe

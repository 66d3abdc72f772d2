// SPDX-License-Identifier: Apache-2.0
// What the probe is told by its environment, or by who attached.
#pragma once

#include <cstdint>

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

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// Writes to the words through which loaded objects call functions, while other threads run, call
// through them, and load and unload libraries.
#pragma once

#include <cstddef>

#include "probes/ledger/attach_request.h"

namespace seep::probe {

// In the order given, so that at each moment a prefix of it is done: those whose object is there
// and completely loaded, and that hold what is expected. `state` of each tells what became of it.
// Returns how many were written. Takes the loader's lock of dl_iterate_phdr; keeps errno; not for a
// process with a seccomp filter, in which it does nothing.
size_t WriteSlots(ledger::SlotChange* changes, size_t count);

}  // namespace seep::probe

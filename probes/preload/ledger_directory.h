// SPDX-License-Identifier: Apache-2.0
// The directories that ledgers lie in, and the names in them: "<pid>-<start>-<image>.ledger", or
// "<pid>-<start>.failed" for a symbolic link whose target is the reason why there is none.
#pragma once

#include <cstdint>

#include "probes/preload/identity.h"
#include "probes/preload/settings.h"

namespace seep::probe {

// nullptr: it can be used, being on tmpfs with room to spare (*free_bytes); a default one must also
// be ours or root's, as anyone may make a directory or a link of that name in /dev/shm.
const char* CheckDirectory(const char* path, bool is_default, uint64_t* free_bytes);

// The last resort, of the user alone.
PathText SharedDirectory();

PathText LedgerPath(const PathText& directory, const Identity& identity, uint64_t image);

// Processes that come and go without a ledger do not fill the directory with reasons.
void LeaveReason(const PathText& directory, const Identity& identity, const char* reason);

// What earlier images of this process (before an exec) left behind, all but the newest: a chain
// of wrapper scripts must not leave a ledger each. The newest may not have been read yet.
void CollectEarlierImages(const PathText& directory, const Identity& identity);

// An error number of a system call in words; negative, as it returned it.
const char* ReasonOf(int error);

}  // namespace seep::probe

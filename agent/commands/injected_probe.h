// SPDX-License-Identifier: Apache-2.0
// The probe in a process that runs without it: put in, kept working, taken out, as the commands
// attach and detach need it. probes/attach does the work.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "agent/watch/ledger_directory.h"
#include "storage/model/error.h"

namespace seep::agent {

// Puts the probe in, or wakes the one of an earlier attach. What is said to the user is said here.
model::Status InjectProbe(pid_t pid, uint64_t interval_bytes);

// Takes it out and removes the ledger. kNotFound: there is none; kUnsupported: it was preloaded.
model::Status WithdrawProbe(pid_t pid);

}  // namespace seep::agent

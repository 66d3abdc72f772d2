// SPDX-License-Identifier: Apache-2.0
// Ledgers that a killed `seep run` has left: into the run that they belong to.
#pragma once

#include "agent/daemon/ledger_inbox.h"
#include "agent/watch/tick_store.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

// The last state of the process, at the time of its last sample. False: no unfinished run of this
// database has its token, or a seep is at that run again. Errors: the database.
model::Result<bool> AddToItsRun(const FoundLedger& found, sqlite::Database& database,
                                TickStore& store);

}  // namespace seep::agent

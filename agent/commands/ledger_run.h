// SPDX-License-Identifier: Apache-2.0
// A ledger that nobody watched, as a run of one heap snapshot: the report's usual path judges and
// prints it.
#pragma once

#include <string>

#include "storage/model/error.h"
#include "storage/model/run_data.h"

namespace seep::agent {

// `path` is a ledger of a living or an ended process, whatever ended it. Time runs from the moment
// that the ledger was made until now, or until the last sample of a process that has ended. The
// run has the id 0 and no series but those of the heap.
// kNotFound; kCorrupt, kUnsupported, kBusy as ledger::Reader; a ".failed" link is kNotFound with
// the probe's reason.
model::Result<model::RunData> ReadLedgerAsRun(const std::string& path);

}  // namespace seep::agent

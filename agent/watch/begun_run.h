// SPDX-License-Identifier: Apache-2.0
// The run that is written to, held against other seeps, and its t = 0.
#pragma once

#include <sys/types.h>

#include "agent/watch/run_lock.h"
#include "storage/model/error.h"
#include "storage/model/run.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/run_writer.h"

namespace seep::agent {

struct BegunRun {
  sqlite::RunWriter writer;
  RunLock lock;
  double started_s;  // t = 0 on CLOCK_MONOTONIC
};

// Facts of a run that begins now on this host; the memory limit is that of `pid`.
model::Run DescribeRun(pid_t pid);

model::Result<BegunRun> BeginRun(const model::Run& run, sqlite::Database& database);

// Goes on with an unfinished run. Time went on while nobody watched: t follows the wall clock from
// the start of the run, `now.started_at_ns` being this moment; should that have been set back
// since, the run goes on just behind its last tick.
model::Result<BegunRun> ResumeRun(const model::Run& now, model::RunId id, RunLock lock,
                                  sqlite::Database& database);

}  // namespace seep::agent

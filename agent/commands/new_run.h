// SPDX-License-Identifier: Apache-2.0
// The facts of a run that run and attach begin alike.
#pragma once

#include <sys/types.h>

#include "agent/commands/commands.h"
#include "agent/load/load_collector.h"
#include "agent/watch/cadence.h"
#include "agent/watch/early_stop.h"
#include "agent/watch/watcher.h"
#include "storage/model/run.h"

namespace seep::agent {

// Started now, on this host; the memory limit is that of `pid`.
model::Run DescribeRun(const WatchOptions& options, pid_t pid);

inline Cadence::Settings CadenceOf(const WatchOptions& options) {
  return {options.tick_s, options.snapshot_s, options.duration_s};
}

// Begins to ask the sources of load, if any are named. `collector` must outlive the watcher.
model::Status WatchLoad(const WatchOptions& options, const model::Run& run, double started_s,
                        LoadCollector& collector, Watcher& watcher);

// Of a watch of run `id` that begins at `begun_s` of the run; empty unless it was asked for.
std::optional<EarlyStop> EarlyStopOf(const WatchOptions& options, model::RunId id, double begun_s);

}  // namespace seep::agent

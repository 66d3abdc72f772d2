// SPDX-License-Identifier: Apache-2.0
// Writes one run, tick by tick. Used by the agent's loop, on its thread.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "storage/model/error.h"
#include "storage/model/run.h"
#include "storage/model/tick.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/known_target.h"

namespace seep::sqlite {

// One writer for a run at a time. `database` must outlive the writer and stay where it is.
// Every function is one transaction: on an error nothing of it is stored, and it can be repeated.
// Errors of all: kIo (disk full, ...), kBusy, kCorrupt, kNotFound (the run has been deleted).
class RunWriter {
 public:
  // Stores `run` under a new id, unfinished. An empty name becomes "<program>-<id>".
  static model::Result<RunWriter> Begin(Database& database, const model::Run& run);

  // Goes on with an unfinished run; kInvalidArgument when it is finished. What is stored of its
  // targets, series, modules and stacks is found again by key, so nothing is duplicated.
  static model::Result<RunWriter> Resume(Database& database, model::RunId id);

  // Targets are known by (pid, start_ticks). A tick at the time of a stored one replaces its
  // points; a window of load that overlaps a stored one is passed over. Measurements that are not
  // finite are left out: a gap, not a value. A frame of a module id that the ledger has not
  // announced has no module; a change of a slot that it has not announced gets a stack without
  // frames.
  model::Status Write(const model::Tick& tick);

  // The same, but a tick that is not later than the last stored one is passed over: it has been
  // stored, for the ticks of a run come in the order of time. What may have been written before
  // (a spool that is replayed, a commit whose outcome is not known) is written by this one, as
  // Write would store its events twice and an older state of its stacks over a later one.
  model::Status WriteUnlessStored(const model::Tick& tick);

  // In a database that was begun anew: stores the run under the id that it has, as one of which
  // nothing is stored yet.
  model::Status BeginAgain();

  // Stores every field of `run` but id, command and started_at_ns, which never change, and the
  // outcome, which is Finish's; an empty name keeps the present one.
  model::Status UpdateRun(const model::Run& run);

  // The run ends: `duration_s` since its start.
  model::Status Finish(double duration_s, std::optional<int> target_exit);

  // As stored.
  const model::Run& run() const { return run_; }

 private:
  RunWriter(Database& database, model::Run run) : database_(&database), run_(std::move(run)) {}

  enum class Repeat { kReplaces, kIsPassedOver };
  model::Status Write(const model::Tick& tick, Repeat repeat);
  model::Result<bool> IsStored(const model::Tick& tick);
  model::Status WriteRows(const model::Tick& tick);
  model::Status WriteTarget(double t_s, const model::TargetTick& tick);
  model::Result<KnownTarget*> Find(const model::Target& target);

  Database* database_;
  model::Run run_;
  // What the last tick wrote, so that the next one need not ask. Emptied when a tick fails and
  // thinned to the targets of the last tick: whatever is missing here is read from the database,
  // which therefore is the only truth, and the memory of the agent does not grow with forks.
  std::map<TargetKey, KnownTarget> known_;
};

}  // namespace seep::sqlite

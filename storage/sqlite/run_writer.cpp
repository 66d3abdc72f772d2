// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/run_writer.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

#include "storage/sqlite/load_series.h"
#include "storage/sqlite/queries.h"

namespace seep::sqlite {
namespace {

using model::Errc;
using model::Fail;
using model::Result;
using model::Run;
using model::RunId;
using model::Status;

std::string DefaultName(const Run& run) {
  const std::string program =
      run.command.empty() ? "" : std::filesystem::path(run.command.front()).filename().string();
  return (program.empty() ? "run" : program) + "-" + std::to_string(static_cast<int64_t>(run.id));
}

Status InsertRun(Database& database, Run& run) {
  // Of one that begins the id is 0: the next one.
  const auto id = run.id == RunId{} ? std::nullopt : std::optional(run.id);
  auto s = database.Run(
      "INSERT INTO run (run_id, name, started_at_ns, duration_s, is_finished, target_exit, host, "
      "boot_id, "
      "seep_version, interval_bytes, tick_s, snapshot_s, limit_bytes, limit_source) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, run.name, run.started_at_ns, run.duration_s, run.is_finished, run.target_exit, run.host,
      run.boot_id, run.seep_version, run.interval_bytes, run.tick_s, run.snapshot_s,
      run.limit_bytes, run.limit_source);
  if (!s) return s;
  run.id = RunId{database.last_insert_id()};
  if (run.name.empty()) {
    run.name = DefaultName(run);
    s = database.Run("UPDATE run SET name = ? WHERE run_id = ?", run.name, run.id);
    if (!s) return s;
  }
  for (size_t position = 0; position < run.command.size(); ++position) {
    s = database.Run("INSERT INTO run_argument (run_id, position, argument) VALUES (?, ?, ?)",
                     run.id, position, run.command[position]);
    if (!s) return s;
  }
  return {};
}

// The UPDATE of a run's row just made, which has failed when there is no such row any more.
Status CheckUpdated(const Database& database, const Run& run, Status updated) {
  if (!updated || database.changed_rows() > 0) return updated;
  return Fail(Errc::kNotFound, "run '" + run.name + "' is no longer in " + database.path() +
                                   "; it has been deleted while seep watched it");
}

}  // namespace

Result<RunWriter> RunWriter::Begin(Database& database, const Run& run) {
  Run begun = run;
  begun.id = {};
  begun.is_finished = false;
  begun.target_exit.reset();
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto s = InsertRun(database, begun); !s) return std::unexpected(s.error());
  if (auto s = transaction->Commit(); !s) return std::unexpected(s.error());
  return RunWriter(database, std::move(begun));
}

Result<RunWriter> RunWriter::Resume(Database& database, RunId id) {
  auto run = GetRun(database, id);
  if (!run) return std::unexpected(run.error());
  if (run->is_finished) {
    return Fail(Errc::kInvalidArgument, "run '" + run->name + "' in " + database.path() +
                                            " is finished and cannot be resumed; begin a new one");
  }
  return RunWriter(database, std::move(*run));
}

Status RunWriter::BeginAgain() {
  Run begun = run_;
  begun.duration_s = 0;
  auto transaction = Transaction::Start(*database_, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  if (auto s = InsertRun(*database_, begun); !s) return s;
  if (auto s = transaction->Commit(); !s) return s;
  run_ = std::move(begun);
  known_.clear();
  return {};
}

Status RunWriter::Write(const model::Tick& tick) {
  return Write(tick, Repeat::kReplaces);
}

Status RunWriter::WriteUnlessStored(const model::Tick& tick) {
  return Write(tick, Repeat::kIsPassedOver);
}

Result<bool> RunWriter::IsStored(const model::Tick& tick) {
  const auto last_s =
      database_->QueryValue<double>("SELECT duration_s FROM run WHERE run_id = ?", run_.id);
  if (!last_s) return std::unexpected(last_s.error());
  return *last_s && **last_s > 0 && tick.t_s <= **last_s;
}

Status RunWriter::Write(const model::Tick& tick, Repeat repeat) {
  auto transaction = Transaction::Start(*database_, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  if (repeat == Repeat::kIsPassedOver) {
    const auto is_stored = IsStored(tick);
    if (!is_stored) return std::unexpected(is_stored.error());
    if (*is_stored) return {};
  }
  auto written = WriteRows(tick);
  if (written) written = transaction->Commit();
  if (!written) {
    known_.clear();  // it may hold ids that are rolled back now
    return written;
  }
  run_.duration_s = std::max(run_.duration_s, tick.t_s);
  std::erase_if(known_, [&](const auto& entry) {
    return std::ranges::none_of(tick.targets, [&](const model::TargetTick& target) {
      return entry.first == TargetKey{target.target.pid, target.target.start_ticks};
    });
  });
  return {};
}

Status RunWriter::WriteRows(const model::Tick& tick) {
  auto s =
      CheckUpdated(*database_, run_,
                   database_->Run("UPDATE run SET duration_s = max(duration_s, ?) WHERE run_id = ?",
                                  tick.t_s, run_.id));
  if (!s) return s;
  for (const model::TargetTick& target : tick.targets) {
    if (s = WriteTarget(tick.t_s, target); !s) return s;
  }
  for (const model::Event& event : tick.events) {
    s = database_->Run("INSERT INTO event (run_id, t_s, kind, message) VALUES (?, ?, ?, ?)",
                       run_.id, event.t_s, event.kind, event.message);
    if (!s) return s;
  }
  for (const model::LoadWindow& window : tick.load) {
    if (s = WriteLoad(*database_, run_.id, window); !s) return s;
  }
  return {};
}

Status RunWriter::WriteTarget(double t_s, const model::TargetTick& tick) {
  const auto target = Find(tick.target);
  if (!target) return std::unexpected(target.error());
  for (const model::Measurement& measurement : tick.measurements) {
    if (!std::isfinite(measurement.value)) continue;
    if (auto s = (*target)->WritePoint(*database_, t_s, measurement); !s) return s;
  }
  if (tick.heap) {
    if (auto s = (*target)->WriteHeap(*database_, *tick.heap); !s) return s;
  }
  return (*target)->MergeWindows(*database_);
}

Result<KnownTarget*> RunWriter::Find(const model::Target& target) {
  const TargetKey key{target.pid, target.start_ticks};
  if (const auto known = known_.find(key); known != known_.end()) {
    if (auto s = known->second.Update(*database_, target); !s) return std::unexpected(s.error());
    return &known->second;
  }
  auto stored = KnownTarget::Store(*database_, run_.id, target);
  if (!stored) return std::unexpected(stored.error());
  return &known_.emplace(key, std::move(*stored)).first->second;
}

Status RunWriter::UpdateRun(const Run& run) {
  Run updated = run_;
  if (!run.name.empty()) updated.name = run.name;
  updated.host = run.host;
  updated.boot_id = run.boot_id;
  updated.seep_version = run.seep_version;
  updated.interval_bytes = run.interval_bytes;
  updated.tick_s = run.tick_s;
  updated.snapshot_s = run.snapshot_s;
  updated.limit_bytes = run.limit_bytes;
  updated.limit_source = run.limit_source;
  auto s = CheckUpdated(
      *database_, run_,
      database_->Run("UPDATE run SET name = ?, host = ?, boot_id = ?, seep_version = ?, "
                     "interval_bytes = ?, tick_s = ?, snapshot_s = ?, limit_bytes = ?, "
                     "limit_source = ? WHERE run_id = ?",
                     updated.name, updated.host, updated.boot_id, updated.seep_version,
                     updated.interval_bytes, updated.tick_s, updated.snapshot_s,
                     updated.limit_bytes, updated.limit_source, updated.id));
  if (s) run_ = std::move(updated);
  return s;
}

Status RunWriter::Finish(double duration_s, std::optional<int> target_exit) {
  auto s = CheckUpdated(*database_, run_,
                        database_->Run("UPDATE run SET is_finished = 1, duration_s = ?, "
                                       "target_exit = ? WHERE run_id = ?",
                                       duration_s, target_exit, run_.id));
  if (!s) return s;
  run_.is_finished = true;
  run_.duration_s = duration_s;
  run_.target_exit = target_exit;
  return {};
}

}  // namespace seep::sqlite

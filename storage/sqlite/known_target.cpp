// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/known_target.h"

#include <utility>

#include "storage/sqlite/window_merge.h"

namespace seep::sqlite {
namespace {

using model::ModuleId;
using model::Result;
using model::SeriesId;
using model::StackId;
using model::Status;

// 2000 stack points are merged in 20 to 40 ms: a tick is not held up, and 20,000 stacks that
// changed in all of their 64 windows are through before the windows double again.
constexpr int kMergedRowsPerTick = 2000;

std::unexpected<model::Error> Unexpected(const auto& failed) {
  return std::unexpected(failed.error());
}

// The id of a module, new or known; shared by all runs.
Result<ModuleId> StoreModule(Database& database, const model::Module& module) {
  const auto known = database.QueryValue<ModuleId>(
      "SELECT module_id FROM module WHERE build_id = ? AND path = ?", module.build_id, module.path);
  if (!known) return Unexpected(known);
  if (*known) return **known;
  const auto added = database.Run("INSERT INTO module (build_id, path) VALUES (?, ?)",
                                  module.build_id, module.path);
  if (!added) return Unexpected(added);
  return ModuleId{database.last_insert_id()};
}

}  // namespace

Result<KnownTarget> KnownTarget::Store(Database& database, model::RunId run,
                                       const model::Target& target) {
  const auto known = database.QueryValue<model::TargetId>(
      "SELECT target_id FROM target WHERE run_id = ? AND pid = ? AND start_ticks = ?", run,
      target.pid, target.start_ticks);
  if (!known) return Unexpected(known);
  if (!*known) {
    const auto added = database.Run(
        "INSERT INTO target (run_id, pid, start_ticks, parent_pid, exe, command_line, probe, "
        "first_seen_s, last_seen_s, exit_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        run, target.pid, target.start_ticks, target.parent_pid, target.exe, target.command_line,
        target.probe, target.first_seen_s, target.last_seen_s, target.exit_status);
    if (!added) return Unexpected(added);
    return KnownTarget(run, model::TargetId{database.last_insert_id()});
  }
  KnownTarget found(run, **known);
  if (auto updated = found.Update(database, target); !updated) return Unexpected(updated);
  SeriesId series_id{};
  std::string metric;
  Rows series = database.Query("SELECT series_id, metric FROM series WHERE target_id = ?", **known);
  while (series.Next(series_id, metric)) found.series_.emplace(metric, series_id);
  if (!series.status()) return Unexpected(series.status());
  return found;
}

Status KnownTarget::Update(Database& database, const model::Target& target) const {
  // min: an agent that resumes does not know when the one before saw the target first.
  // What a process that has ended does not tell any more stays.
  return database.Run(
      "UPDATE target SET parent_pid = coalesce(nullif(?, 0), parent_pid), "
      "exe = coalesce(nullif(?, ''), exe), "
      "command_line = coalesce(nullif(?, ''), command_line), probe = ?, "
      "first_seen_s = min(first_seen_s, ?), last_seen_s = ?, exit_status = ? WHERE target_id = ?",
      target.parent_pid, target.exe, target.command_line, target.probe, target.first_seen_s,
      target.last_seen_s, target.exit_status, id_);
}

Result<SeriesId> KnownTarget::FindSeries(Database& database,
                                         const model::Measurement& measurement) {
  const auto known = series_.find(measurement.metric);
  if (known != series_.end()) return known->second;
  const auto added = database.Run("INSERT INTO series (target_id, metric, unit) VALUES (?, ?, ?)",
                                  id_, measurement.metric, measurement.unit);
  if (!added) return Unexpected(added);
  return series_.emplace(measurement.metric, SeriesId{database.last_insert_id()}).first->second;
}

Status KnownTarget::WritePoint(Database& database, double t_s,
                               const model::Measurement& measurement) {
  const auto series = FindSeries(database, measurement);
  if (!series) return Unexpected(series);
  return database.Run(
      "INSERT OR REPLACE INTO point (run_id, t_s, series_id, value) VALUES (?, ?, ?, ?)", run_, t_s,
      *series, measurement.value);
}

Status KnownTarget::WriteHeap(Database& database, const model::HeapDelta& heap) {
  const auto found = FindLedger(database, heap);
  if (!found) return Unexpected(found);
  Ledger& ledger = **found;
  for (const model::LedgerModule& module : heap.new_modules) {
    if (auto s = WriteModule(database, heap.ledger, ledger, module); !s) return s;
  }
  for (const model::Stack& stack : heap.new_stacks) {
    if (auto s = WriteStack(database, heap.ledger, ledger, stack); !s) return s;
  }
  if (ledger.window_length < heap.window.length) {
    const LedgerKey key{run_, id_, heap.ledger};
    if (auto s = LengthenWindows(database, key, heap.window.length); !s) return s;
    ledger.window_length = heap.window.length;
    ledger.is_merging = true;
  }
  for (const auto& [slot, point] : heap.changed) {
    const auto stack = FindStack(database, heap.ledger, ledger, slot);
    if (!stack) return Unexpected(stack);
    if (auto s = WriteStackPoint(database, *stack, heap.window.begin, point); !s) return s;
  }
  return WriteSurvivors(database, heap, ledger);
}

Status KnownTarget::MergeWindows(Database& database) {
  for (auto& [sequence, ledger] : ledgers_) {
    if (!ledger.is_merging) continue;
    const auto is_done = MergeSomeWindows(database, {run_, id_, sequence}, kMergedRowsPerTick);
    if (!is_done) return Unexpected(is_done);
    ledger.is_merging = !*is_done;
  }
  return {};
}

Status KnownTarget::WriteSurvivors(Database& database, const model::HeapDelta& heap,
                                   Ledger& ledger) {
  if (heap.are_survivors_whole) {
    auto s =
        database.Run("DELETE FROM survivor WHERE target_id = ? AND ledger = ?", id_, heap.ledger);
    if (!s) return s;
  }
  for (const auto& [slot, bin] : heap.survivors) {
    const auto stack = FindStack(database, heap.ledger, ledger, slot);
    if (!stack) return Unexpected(stack);
    auto s = bin.samples == 0 ? database.Run(
                                    "DELETE FROM survivor WHERE target_id = ? AND ledger = ? AND "
                                    "stack_id = ? AND born_from_s = ?",
                                    id_, heap.ledger, *stack, bin.born_from_s)
                              : database.Run(
                                    "INSERT OR REPLACE INTO survivor (target_id, ledger, stack_id, "
                                    "born_from_s, born_to_s, samples, bytes, variance) "
                                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                                    id_, heap.ledger, *stack, bin.born_from_s, bin.born_to_s,
                                    bin.samples, bin.bytes, bin.variance);
    if (!s) return s;
  }
  return {};
}

Result<KnownTarget::Ledger*> KnownTarget::FindLedger(Database& database,
                                                     const model::HeapDelta& heap) {
  const uint32_t sequence = heap.ledger;
  const auto known = ledgers_.find(sequence);
  if (known != ledgers_.end()) return &known->second;
  Ledger ledger;
  const auto is_merging = IsMerging(database, {run_, id_, sequence});
  if (!is_merging) return Unexpected(is_merging);
  ledger.is_merging = *is_merging;
  const auto length = database.QueryValue<int64_t>(
      "SELECT window_length FROM ledger WHERE target_id = ? AND ledger = ?", id_, sequence);
  if (!length) return Unexpected(length);
  ledger.window_length = length->value_or(heap.window.length);
  if (!*length) {
    auto added = database.Run(
        "INSERT INTO ledger (target_id, ledger, started_s, window_length) VALUES (?, ?, ?, ?)", id_,
        sequence, heap.ledger_started_s, heap.window.length);
    if (!added) return Unexpected(added);
  }
  uint32_t key = 0;
  ModuleId module{};
  Rows modules = database.Query(
      "SELECT ledger_module_id, module_id FROM ledger_module WHERE target_id = ? AND ledger = ?",
      id_, sequence);
  while (modules.Next(key, module)) ledger.modules.emplace(key, module);
  if (!modules.status()) return Unexpected(modules.status());
  StackId stack{};
  Rows stacks = database.Query(
      "SELECT slot, stack_id FROM stack WHERE target_id = ? AND ledger = ?", id_, sequence);
  while (stacks.Next(key, stack)) ledger.stacks.emplace(key, stack);
  if (!stacks.status()) return Unexpected(stacks.status());
  Rows without_frames = database.Query(
      "SELECT slot FROM stack WHERE target_id = ? AND ledger = ? AND NOT EXISTS "
      "(SELECT 1 FROM stack_frame WHERE stack_frame.stack_id = stack.stack_id)",
      id_, sequence);
  while (without_frames.Next(key)) ledger.without_frames.insert(key);
  if (!without_frames.status()) return Unexpected(without_frames.status());
  return &ledgers_.emplace(sequence, std::move(ledger)).first->second;
}

Status KnownTarget::WriteModule(Database& database, uint32_t sequence, Ledger& ledger,
                                const model::LedgerModule& module) {
  if (ledger.modules.contains(module.ledger_id)) return {};
  const auto id = StoreModule(database, module.module);
  if (!id) return Unexpected(id);
  ledger.modules.emplace(module.ledger_id, *id);
  return database.Run(
      "INSERT INTO ledger_module (target_id, ledger, ledger_module_id, module_id) "
      "VALUES (?, ?, ?, ?)",
      id_, sequence, module.ledger_id, *id);
}

Status KnownTarget::WriteStack(Database& database, uint32_t sequence, Ledger& ledger,
                               const model::Stack& stack) {
  // A slot is published once and never reused, so what is stored of it is final; but the tick that
  // announced it may have been lost.
  const auto known = ledger.stacks.find(stack.slot);
  const bool is_known = known != ledger.stacks.end();
  if (is_known && ledger.without_frames.erase(stack.slot) == 0) return {};
  auto added = is_known
                   ? database.Run("UPDATE stack SET is_truncated = ?, kind = ? WHERE stack_id = ?",
                                  stack.is_truncated, stack.kind, known->second)
                   : database.Run(
                         "INSERT INTO stack (target_id, ledger, slot, is_truncated, kind) "
                         "VALUES (?, ?, ?, ?, ?)",
                         id_, sequence, stack.slot, stack.is_truncated, stack.kind);
  if (!added) return added;
  const StackId id = is_known ? known->second : StackId{database.last_insert_id()};
  ledger.stacks.emplace(stack.slot, id);
  for (size_t position = 0; position < stack.frames.size(); ++position) {
    const model::Frame& frame = stack.frames[position];
    const auto module = ledger.modules.find(static_cast<uint32_t>(frame.module));
    const auto module_id =
        module == ledger.modules.end() ? std::nullopt : std::optional(module->second);
    added = database.Run(
        "INSERT INTO stack_frame (stack_id, position, module_id, address) VALUES (?, ?, ?, ?)", id,
        position, module_id, frame.address);
    if (!added) return added;
  }
  return {};
}

Result<StackId> KnownTarget::FindStack(Database& database, uint32_t sequence, Ledger& ledger,
                                       uint32_t slot) {
  const auto known = ledger.stacks.find(slot);
  if (known != ledger.stacks.end()) return known->second;
  model::Stack unknown;
  unknown.slot = slot;
  if (auto s = WriteStack(database, sequence, ledger, unknown); !s) return Unexpected(s);
  ledger.without_frames.insert(slot);
  return ledger.stacks.at(slot);
}

Status KnownTarget::WriteStackPoint(Database& database, StackId stack, int64_t window,
                                    const model::StackPoint& point) {
  return database.Run(
      "INSERT OR REPLACE INTO stack_point (run_id, window, stack_id, t_s, alloc_bytes, "
      "alloc_objects, free_bytes, free_objects, live_bytes, live_objects, live_variance, "
      "alloc_samples, live_samples, settled_samples, least_live_samples, thinned_samples) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      run_, window, stack, point.t_s, point.alloc_bytes, point.alloc_objects, point.free_bytes,
      point.free_objects, point.live_bytes, point.live_objects, point.live_variance,
      point.alloc_samples, point.live_samples, point.settled_samples, point.least_live_samples,
      point.thinned_samples);
}

}  // namespace seep::sqlite

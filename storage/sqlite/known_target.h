// SPDX-License-Identifier: Apache-2.0
// One target as the writer knows it: the row ids of what is stored of it. Private to RunWriter.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "storage/model/error.h"
#include "storage/model/ids.h"
#include "storage/model/series.h"
#include "storage/model/tick.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

struct TargetKey {
  int pid = 0;
  uint64_t start_ticks = 0;
  auto operator<=>(const TargetKey&) const = default;
};

// All functions belong inside a write transaction. After a rollback the object is stale: drop it.
class KnownTarget {
 public:
  // The stored target of (run, pid, start_ticks), brought up to date, or a new one.
  static model::Result<KnownTarget> Store(Database& database, model::RunId run,
                                          const model::Target& target);
  // Brings the row up to date.
  model::Status Update(Database& database, const model::Target& target) const;

  // Finite values only.
  model::Status WritePoint(Database& database, double t_s, const model::Measurement& measurement);
  model::Status WriteHeap(Database& database, const model::HeapDelta& heap);
  // A portion of what windows that have become longer leave to do; at every tick.
  model::Status MergeWindows(Database& database);

 private:
  struct Ledger {
    std::unordered_map<uint32_t, model::ModuleId> modules;  // by the ledger's module id
    std::unordered_map<uint32_t, model::StackId> stacks;    // by slot
    std::unordered_set<uint32_t> without_frames;            // slots: may be announced later
    int64_t window_length = 1;
    bool is_merging = false;  // some of its stack points may still lie in shorter windows
  };

  KnownTarget(model::RunId run, model::TargetId id) : run_(run), id_(id) {}

  model::Result<Ledger*> FindLedger(Database& database, const model::HeapDelta& heap);
  model::Result<model::SeriesId> FindSeries(Database& database,
                                            const model::Measurement& measurement);
  model::Result<model::StackId> FindStack(Database& database, uint32_t sequence, Ledger& ledger,
                                          uint32_t slot);
  model::Status WriteModule(Database& database, uint32_t sequence, Ledger& ledger,
                            const model::LedgerModule& module);
  model::Status WriteStack(Database& database, uint32_t sequence, Ledger& ledger,
                           const model::Stack& stack);
  model::Status WriteStackPoint(Database& database, model::StackId stack, int64_t window,
                                const model::StackPoint& point);
  model::Status WriteSurvivors(Database& database, const model::HeapDelta& heap, Ledger& ledger);

  model::RunId run_;
  model::TargetId id_;
  std::unordered_map<std::string, model::SeriesId> series_;  // by metric
  std::unordered_map<uint32_t, Ledger> ledgers_;             // by exec sequence
};

}  // namespace seep::sqlite

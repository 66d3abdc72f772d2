// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/remove_run.h"

namespace seep::sqlite {
namespace {

using model::Result;
using model::RunId;
using model::Status;

// Of one statement, each removes up to so many rows of run ?1. A stack takes its frames along.
constexpr const char* kPortions[] = {
    "DELETE FROM point WHERE (run_id, t_s, series_id) IN (SELECT run_id, t_s, series_id "
    "FROM point WHERE run_id = ?1 LIMIT 4000)",
    "DELETE FROM point_1m WHERE (run_id, t_s, series_id) IN (SELECT run_id, t_s, series_id "
    "FROM point_1m WHERE run_id = ?1 LIMIT 4000)",
    "DELETE FROM point_10m WHERE (run_id, t_s, series_id) IN (SELECT run_id, t_s, series_id "
    "FROM point_10m WHERE run_id = ?1 LIMIT 4000)",
    "DELETE FROM stack_point WHERE (run_id, window, stack_id) IN (SELECT run_id, window, stack_id "
    "FROM stack_point WHERE run_id = ?1 LIMIT 4000)",
    "DELETE FROM survivor WHERE (target_id, ledger, stack_id, born_from_s) IN "
    "(SELECT s.target_id, s.ledger, s.stack_id, s.born_from_s FROM target t "
    "JOIN survivor s USING (target_id) WHERE t.run_id = ?1 LIMIT 4000)",
    "DELETE FROM stack WHERE stack_id IN (SELECT k.stack_id FROM target t "
    "JOIN stack k USING (target_id) WHERE t.run_id = ?1 LIMIT 200)",
    "DELETE FROM load_window WHERE load_window_id IN (SELECT w.load_window_id FROM load_series s "
    "JOIN load_window w USING (load_series_id) WHERE s.run_id = ?1 LIMIT 1000)",
    // What is left is small: series, targets, events.
    "DELETE FROM run WHERE run_id = ?1",
};

}  // namespace

Result<std::optional<std::string>> BeginRemoval(Database& database) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  RunId run{};
  std::string name;
  {
    Rows oldest = database.Query(
        "SELECT run_id, name FROM run AS old WHERE is_finished = 1 "
        "AND run_id NOT IN (SELECT run_id FROM run_removal) "
        "AND EXISTS (SELECT 1 FROM run AS new WHERE new.name = old.name "
        "AND new.run_id > old.run_id) ORDER BY started_at_ns, run_id LIMIT 1");
    const bool has_one = oldest.Next(run, name);
    if (!oldest.status()) return std::unexpected(oldest.status().error());
    if (!has_one) return std::nullopt;
  }
  auto s = database.Run("INSERT INTO run_removal (run_id) VALUES (?)", run);
  if (s) s = transaction->Commit();
  if (!s) return std::unexpected(s.error());
  return name;
}

Result<std::optional<RunId>> RunInRemoval(Database& database) {
  return database.QueryValue<RunId>("SELECT run_id FROM run_removal ORDER BY run_id LIMIT 1");
}

Status RemoveSome(Database& database, RunId run) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  for (const char* portion : kPortions) {
    if (auto s = database.Run(portion, run); !s) return s;
    if (database.changed_rows() > 0) break;
  }
  return transaction->Commit();
}

}  // namespace seep::sqlite

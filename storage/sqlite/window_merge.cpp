// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/window_merge.h"

#include <vector>

namespace seep::sqlite {
namespace {

using model::Result;
using model::Status;

struct Place {
  int64_t window = -1;
  int64_t stack = 0;
};

// The later row takes the place of the earlier one, with the least of both.
Status Move(Database& database, const LedgerKey& key, const Place& place, int64_t to) {
  return database.Run(
      "UPDATE OR REPLACE stack_point AS late SET window = ?4, least_live_samples = "
      "min(late.least_live_samples, coalesce((SELECT early.least_live_samples "
      "FROM stack_point AS early WHERE early.run_id = ?1 AND early.window = ?4 "
      "AND early.stack_id = ?3), late.least_live_samples)) "
      "WHERE late.run_id = ?1 AND late.window = ?2 AND late.stack_id = ?3",
      key.run, place.window, place.stack, to);
}

}  // namespace

Status LengthenWindows(Database& database, const LedgerKey& key, int64_t length) {
  auto s = database.Run("UPDATE ledger SET window_length = ? WHERE target_id = ? AND ledger = ?",
                        length, key.target, key.ledger);
  if (!s) return s;
  constexpr Place kBegin;
  return database.Run(
      "INSERT OR REPLACE INTO window_merge (target_id, ledger, window, stack_id) "
      "VALUES (?, ?, ?, ?)",
      key.target, key.ledger, kBegin.window, kBegin.stack);
}

Result<bool> IsMerging(Database& database, const LedgerKey& key) {
  const auto found = database.QueryValue<int64_t>(
      "SELECT 1 FROM window_merge WHERE target_id = ? AND ledger = ?", key.target, key.ledger);
  if (!found) return std::unexpected(found.error());
  return found->has_value();
}

Result<bool> MergeSomeWindows(Database& database, const LedgerKey& key, int rows) {
  Place last;
  int64_t length = 1;
  {
    Rows state = database.Query(
        "SELECT m.window, m.stack_id, l.window_length FROM window_merge m "
        "JOIN ledger l USING (target_id, ledger) WHERE target_id = ? AND ledger = ?",
        key.target, key.ledger);
    const bool is_merging = state.Next(last.window, last.stack, length);
    if (!state.status()) return std::unexpected(state.status().error());
    if (!is_merging) return true;
  }
  // Read before they are changed. Other ledgers of the run lie between them: these are passed by.
  std::vector<Place> places;
  int passed = 0;
  Place place;
  bool is_of_ledger = false;
  {
    Rows found = database.Query(
        "SELECT p.window, p.stack_id, s.target_id = ?4 AND s.ledger = ?5 FROM stack_point p "
        "LEFT JOIN stack s ON s.stack_id = p.stack_id "
        "WHERE p.run_id = ?1 AND (p.window, p.stack_id) > (?2, ?3) "
        "ORDER BY p.window, p.stack_id LIMIT ?6",
        key.run, last.window, last.stack, key.target, key.ledger, rows);
    while (found.Next(place.window, place.stack, is_of_ledger)) {
      ++passed;
      last = place;
      if (is_of_ledger && place.window % length != 0) places.push_back(place);
    }
    if (!found.status()) return std::unexpected(found.status().error());
  }
  for (const Place& late : places) {
    const int64_t begin = late.window - late.window % length;
    if (auto s = Move(database, key, late, begin); !s) return std::unexpected(s.error());
  }
  const bool is_done = passed < rows;
  const auto s = is_done
                     ? database.Run("DELETE FROM window_merge WHERE target_id = ? AND ledger = ?",
                                    key.target, key.ledger)
                     : database.Run(
                           "UPDATE window_merge SET window = ?3, stack_id = ?4 "
                           "WHERE target_id = ?1 AND ledger = ?2",
                           key.target, key.ledger, last.window, last.stack);
  if (!s) return std::unexpected(s.error());
  return is_done;
}

}  // namespace seep::sqlite

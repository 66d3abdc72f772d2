// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/baselines.h"

#include <string>
#include <utility>

#include "storage/baseline/summary_json.h"

namespace seep::sqlite {
namespace {

model::Status LoadRuns(Database& database, int64_t id, model::Baseline& baseline) {
  Rows rows = database.Query(
      "SELECT summary FROM baseline_run WHERE baseline_id = ? ORDER BY position", id);
  std::string text;
  while (rows.Next(text)) {
    auto summary = baseline::ParseSummary(text);
    if (!summary) {
      return model::Fail(model::Errc::kCorrupt, "baseline '" + baseline.name + "' in " +
                                                    database.path() + " is damaged (" +
                                                    summary.error().message +
                                                    "); remove it and set it again");
    }
    baseline.runs.push_back(std::move(*summary));
  }
  if (!baseline.runs.empty()) baseline.key = baseline.runs.back().key;
  return rows.status();
}

model::Status InsertRuns(Database& database, int64_t id, const model::Baseline& baseline) {
  for (size_t position = 0; position < baseline.runs.size(); ++position) {
    auto s =
        database.Run("INSERT INTO baseline_run (baseline_id, position, summary) VALUES (?, ?, ?)",
                     id, position, baseline::ToJson(baseline.runs[position]));
    if (!s) return s;
  }
  return {};
}

}  // namespace

model::Result<std::vector<model::Baseline>> ListBaselines(Database& database) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kRead);
  if (!transaction) return std::unexpected(transaction.error());
  std::vector<std::pair<int64_t, model::Baseline>> found;
  {
    Rows rows = database.Query(
        "SELECT baseline_id, name, is_pinned, keep, changed_at_ns FROM baseline ORDER BY name");
    int64_t id = 0;
    model::Baseline baseline;
    while (
        rows.Next(id, baseline.name, baseline.is_pinned, baseline.keep, baseline.changed_at_ns)) {
      found.emplace_back(id, baseline);
    }
    if (!rows.status()) return std::unexpected(rows.status().error());
  }
  std::vector<model::Baseline> baselines;
  for (auto& [id, baseline] : found) {
    if (auto s = LoadRuns(database, id, baseline); !s) return std::unexpected(s.error());
    baselines.push_back(std::move(baseline));
  }
  return baselines;
}

model::Result<std::optional<model::Baseline>> FindBaseline(Database& database,
                                                           std::string_view name) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kRead);
  if (!transaction) return std::unexpected(transaction.error());
  model::Baseline baseline;
  int64_t id = 0;
  {
    Rows rows = database.Query(
        "SELECT baseline_id, name, is_pinned, keep, changed_at_ns FROM baseline WHERE name = ?",
        name);
    const bool is_there =
        rows.Next(id, baseline.name, baseline.is_pinned, baseline.keep, baseline.changed_at_ns);
    if (!rows.status()) return std::unexpected(rows.status().error());
    if (!is_there) return std::nullopt;
  }
  if (auto s = LoadRuns(database, id, baseline); !s) return std::unexpected(s.error());
  return baseline;
}

model::Status PutBaseline(Database& database, const model::Baseline& baseline) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  auto s = database.Run("DELETE FROM baseline WHERE name = ?", baseline.name);
  if (!s) return s;
  s = database.Run(
      "INSERT INTO baseline (name, is_pinned, keep, changed_at_ns) VALUES (?, ?, ?, ?)",
      baseline.name, baseline.is_pinned, baseline.keep, baseline.changed_at_ns);
  if (!s) return s;
  const auto id = database.QueryValue<int64_t>("SELECT baseline_id FROM baseline WHERE name = ?",
                                               baseline.name);
  if (!id) return std::unexpected(id.error());
  if (s = InsertRuns(database, id->value_or(0), baseline); !s) return s;
  return transaction->Commit();
}

model::Status RemoveBaseline(Database& database, std::string_view name) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  std::string others;
  bool is_there = false;
  {
    Rows rows = database.Query("SELECT name FROM baseline ORDER BY name");
    std::string other;
    while (rows.Next(other)) {
      is_there = is_there || other == name;
      others += (others.empty() ? "" : ", ") + other;
    }
    if (!rows.status()) return rows.status();
  }
  if (!is_there) {
    return model::Fail(model::Errc::kNotFound,
                       "no baseline '" + std::string(name) + "' in " + database.path() +
                           (others.empty() ? "; there is none" : "; there are: " + others));
  }
  if (auto s = database.Run("DELETE FROM baseline WHERE name = ?", name); !s) return s;
  return transaction->Commit();
}

model::Status PutRunKey(Database& database, model::RunId run, const model::RunKey& key) {
  return database.Run(
      "INSERT OR REPLACE INTO run_key (run_id, service, workload, host_class, config_hash) "
      "VALUES (?, ?, ?, ?, ?)",
      run, key.service, key.workload, key.host_class, key.config_hash);
}

model::Result<std::optional<model::RunKey>> GetRunKey(Database& database, model::RunId run) {
  model::RunKey key;
  Rows rows = database.Query(
      "SELECT service, workload, host_class, config_hash FROM run_key WHERE run_id = ?", run);
  const bool is_there = rows.Next(key.service, key.workload, key.host_class, key.config_hash);
  if (!rows.status()) return std::unexpected(rows.status().error());
  if (!is_there) return std::nullopt;
  return key;
}

}  // namespace seep::sqlite

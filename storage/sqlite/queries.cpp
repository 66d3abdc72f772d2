// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/queries.h"

#include <charconv>
#include <utility>

namespace seep::sqlite {
namespace {

using model::Errc;
using model::Fail;
using model::Result;
using model::Run;
using model::RunId;

constexpr size_t kRunsInMessage = 5;

// The runs that `tail` (WHERE, ORDER BY, LIMIT) selects.
template <typename... Values>
Result<std::vector<Run>> SelectRuns(Database& database, const std::string& tail,
                                    const Values&... values) {
  std::vector<Run> runs;
  Run run;
  Rows rows = database.Query(
      "SELECT run_id, name, started_at_ns, duration_s, is_finished, target_exit, host, boot_id, "
      "seep_version, interval_bytes, tick_s, snapshot_s, limit_bytes, limit_source FROM "
      "(SELECT * FROM run WHERE run_id NOT IN (SELECT run_id FROM run_removal)) " +
          tail,
      values...);
  while (rows.Next(run.id, run.name, run.started_at_ns, run.duration_s, run.is_finished,
                   run.target_exit, run.host, run.boot_id, run.seep_version, run.interval_bytes,
                   run.tick_s, run.snapshot_s, run.limit_bytes, run.limit_source)) {
    std::string argument;
    run.command.clear();
    Rows arguments = database.Query(
        "SELECT argument FROM run_argument WHERE run_id = ? ORDER BY position", run.id);
    while (arguments.Next(argument)) run.command.push_back(argument);
    if (!arguments.status()) return std::unexpected(arguments.status().error());
    runs.push_back(run);
  }
  if (!rows.status()) return std::unexpected(rows.status().error());
  return runs;
}

std::string IdText(RunId id) {
  return std::to_string(static_cast<int64_t>(id));
}

Result<Run> NoSuchRun(Database& database, std::string_view text) {
  const auto runs = ListRuns(database);
  if (!runs) return std::unexpected(runs.error());
  std::string message = "no run '" + std::string(text) + "' in " + database.path() + ": ";
  if (runs->empty()) {
    message += "it holds no runs yet; record one with: seep run -- CMD";
    return Fail(Errc::kNotFound, std::move(message));
  }
  message += "it holds ";
  for (size_t i = 0; i < runs->size() && i < kRunsInMessage; ++i) {
    message += (i == 0 ? "" : ", ") + (*runs)[i].name + " (" + IdText((*runs)[i].id) + ")";
  }
  if (runs->size() > kRunsInMessage) {
    message += " and " + std::to_string(runs->size() - kRunsInMessage) + " more: seep list";
  }
  return Fail(Errc::kNotFound, std::move(message));
}

}  // namespace

Result<std::vector<Run>> ListRuns(Database& database) {
  return SelectRuns(database, "ORDER BY run_id DESC");
}

Result<Run> GetRun(Database& database, RunId id) {
  auto runs = SelectRuns(database, "WHERE run_id = ?", id);
  if (!runs) return std::unexpected(runs.error());
  if (runs->empty()) return NoSuchRun(database, IdText(id));
  return std::move(runs->front());
}

Result<Run> FindRun(Database& database, std::string_view text) {
  auto runs = Result<std::vector<Run>>();
  int64_t id = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, id);
  if (text == "latest") {
    runs = SelectRuns(database, "ORDER BY run_id DESC LIMIT 1");
  } else if (failure == std::errc{} && rest == end) {
    // An id wins over a run that is called like a number.
    runs = SelectRuns(
        database, "WHERE run_id = ?1 OR name = ?2 ORDER BY run_id = ?1 DESC, run_id DESC LIMIT 1",
        id, text);
  } else {
    runs = SelectRuns(database, "WHERE name = ? ORDER BY run_id DESC LIMIT 1", text);
  }
  if (!runs) return std::unexpected(runs.error());
  if (runs->empty()) return NoSuchRun(database, text);
  return std::move(runs->front());
}

Result<std::optional<RunId>> FindUnfinishedRun(Database& database, std::string_view boot_id,
                                               int pid, uint64_t start_ticks) {
  return database.QueryValue<RunId>(
      "SELECT r.run_id FROM run r JOIN target t USING (run_id) WHERE r.is_finished = 0 "
      "AND r.boot_id = ? AND t.pid = ? AND t.start_ticks = ? ORDER BY r.run_id DESC LIMIT 1",
      boot_id, pid, start_ticks);
}

Result<std::optional<RunId>> FindUnfinishedRunByEvent(Database& database, std::string_view boot_id,
                                                      std::string_view kind,
                                                      std::string_view message) {
  return database.QueryValue<RunId>(
      "SELECT r.run_id FROM run r JOIN event e USING (run_id) WHERE r.is_finished = 0 "
      "AND r.boot_id = ? AND e.kind = ? AND e.message = ? ORDER BY r.run_id DESC LIMIT 1",
      boot_id, kind, message);
}

Result<std::optional<std::string>> FindEvent(Database& database, RunId run, std::string_view kind) {
  return database.QueryValue<std::string>(
      "SELECT message FROM event WHERE run_id = ? AND kind = ? ORDER BY t_s, event_id LIMIT 1", run,
      kind);
}

}  // namespace seep::sqlite

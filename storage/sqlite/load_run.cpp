// SPDX-License-Identifier: Apache-2.0
// LoadRun: each table in one sweep, rows handed out to their series and stacks by id.
#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/sqlite/load_series.h"
#include "storage/sqlite/queries.h"

namespace seep::sqlite {
namespace {

using model::RunData;
using model::RunId;
using model::Status;

// Where the element of a row id is in its vector of RunData.
template <typename Id>
using Places = std::unordered_map<Id, size_t>;

struct Resolution {
  double bucket_s;
  const char* query;
};
constexpr Resolution kResolutions[] = {
    {600,
     "SELECT series_id, t_s, mean_value FROM point_10m WHERE run_id = ? "
     "ORDER BY run_id, t_s, series_id"},
    {60,
     "SELECT series_id, t_s, mean_value FROM point_1m WHERE run_id = ? "
     "ORDER BY run_id, t_s, series_id"},
    {0, "SELECT series_id, t_s, value FROM point WHERE run_id = ? ORDER BY run_id, t_s, series_id"},
};

// Times of a series increase strictly. Points that were written late, for a time that has been
// reduced already, lie among buckets until retention has passed by again.
void Order(std::vector<model::Point>& points) {
  const auto is_early = [](const model::Point& a, const model::Point& b) { return a.t_s < b.t_s; };
  const auto is_late = [](const model::Point& a, const model::Point& b) { return a.t_s >= b.t_s; };
  if (std::ranges::adjacent_find(points, is_late) == points.end()) return;
  std::ranges::stable_sort(points, is_early);
  const auto same = std::ranges::unique(points, {}, &model::Point::t_s);
  points.erase(same.begin(), same.end());
}

Status LoadTargets(Database& database, RunId id, RunData& loaded) {
  model::Target target;
  target.run = id;
  Rows rows = database.Query(
      "SELECT target_id, pid, start_ticks, parent_pid, exe, command_line, probe, first_seen_s, "
      "last_seen_s, exit_status FROM target WHERE run_id = ? ORDER BY target_id",
      id);
  while (rows.Next(target.id, target.pid, target.start_ticks, target.parent_pid, target.exe,
                   target.command_line, target.probe, target.first_seen_s, target.last_seen_s,
                   target.exit_status)) {
    loaded.targets.push_back(target);
  }
  return rows.status();
}

Status LoadSeries(Database& database, RunId id, RunData& loaded) {
  Places<model::SeriesId> places;
  model::Series series;
  Rows rows = database.Query(
      "SELECT series_id, target_id, metric, unit FROM series JOIN target USING (target_id) "
      "WHERE run_id = ? ORDER BY series_id",
      id);
  while (rows.Next(series.id, series.target, series.metric, series.unit)) {
    places.emplace(series.id, loaded.series.size());
    loaded.series.push_back({series, {}});
  }
  if (!rows.status()) return rows.status();

  // From the oldest and coarsest on; a bucket is its mean, at its middle.
  for (const Resolution& resolution : kResolutions) {
    model::SeriesId of{};
    model::Point point;
    Rows points = database.Query(resolution.query, id);
    while (points.Next(of, point.t_s, point.value)) {
      const auto place = places.find(of);
      if (place == places.end()) continue;
      // The last bucket of a run that has ended in it.
      point.t_s =
          std::min(point.t_s + resolution.bucket_s / 2, std::max(point.t_s, loaded.run.duration_s));
      loaded.series[place->second].points.push_back(point);
    }
    if (!points.status()) return points.status();
  }
  for (model::SeriesData& read : loaded.series) Order(read.points);
  return {};
}

Status LoadModules(Database& database, RunId id, RunData& loaded) {
  model::Module module;
  Rows rows = database.Query(
      "SELECT module_id, build_id, path FROM module WHERE module_id IN (SELECT m.module_id "
      "FROM ledger_module m JOIN target t USING (target_id) WHERE t.run_id = ?) "
      "ORDER BY module_id",
      id);
  while (rows.Next(module.id, module.build_id, module.path)) loaded.modules.push_back(module);
  return rows.status();
}

Status LoadStacks(Database& database, RunId id, RunData& loaded, Places<model::StackId>& places) {
  model::Stack stack;
  double observed_from_s = 0;
  Rows rows = database.Query(
      "SELECT stack_id, target_id, ledger, slot, is_truncated, kind, coalesce(started_s, 0) "
      "FROM stack JOIN target USING (target_id) LEFT JOIN ledger USING (target_id, ledger) "
      "WHERE run_id = ? ORDER BY stack_id",
      id);
  while (rows.Next(stack.id, stack.target, stack.ledger, stack.slot, stack.is_truncated, stack.kind,
                   observed_from_s)) {
    places.emplace(stack.id, loaded.stacks.size());
    loaded.stacks.push_back({stack, {}, {}, observed_from_s});
  }
  if (!rows.status()) return rows.status();

  model::StackId of{};
  model::Frame frame;
  // Module NULL reads as 0: no module.
  Rows frames = database.Query(
      "SELECT f.stack_id, f.module_id, f.address FROM stack_frame f JOIN stack USING (stack_id) "
      "JOIN target t USING (target_id) WHERE t.run_id = ? ORDER BY f.stack_id, f.position",
      id);
  while (frames.Next(of, frame.module, frame.address)) {
    loaded.stacks[places.at(of)].stack.frames.push_back(frame);
  }
  return frames.status();
}

// Windows may be merged only in part: here they are all as long as their ledger says.
Status LoadStackPoints(Database& database, RunId id, RunData& loaded,
                       const Places<model::StackId>& places) {
  model::StackId of{};
  int64_t length = 1;
  std::vector<int64_t> lengths(loaded.stacks.size(), 1);
  Rows ledgers = database.Query(
      "SELECT stack_id, window_length FROM ledger JOIN stack USING (target_id, ledger) "
      "JOIN target USING (target_id) WHERE run_id = ?",
      id);
  while (ledgers.Next(of, length)) lengths[places.at(of)] = length;
  if (!ledgers.status()) return ledgers.status();

  std::vector<int64_t> last_windows(loaded.stacks.size(), -1);
  int64_t window = 0;
  model::StackPoint point;
  Rows rows = database.Query(
      "SELECT stack_id, window, t_s, alloc_bytes, alloc_objects, free_bytes, free_objects, "
      "live_bytes, "
      "live_objects, live_variance, alloc_samples, live_samples, settled_samples, "
      "least_live_samples, thinned_samples FROM stack_point WHERE run_id = ? "
      "ORDER BY run_id, window, stack_id",
      id);
  while (rows.Next(of, window, point.t_s, point.alloc_bytes, point.alloc_objects, point.free_bytes,
                   point.free_objects, point.live_bytes, point.live_objects, point.live_variance,
                   point.alloc_samples, point.live_samples, point.settled_samples,
                   point.least_live_samples, point.thinned_samples)) {
    const auto place = places.find(of);
    if (place == places.end()) continue;
    std::vector<model::StackPoint>& points = loaded.stacks[place->second].points;
    const int64_t begin = window - window % lengths[place->second];
    if (std::exchange(last_windows[place->second], begin) != begin) {
      points.push_back(point);
      continue;
    }
    point.least_live_samples = std::min(point.least_live_samples, points.back().least_live_samples);
    points.back() = point;
  }
  return rows.status();
}

Status LoadSurvivors(Database& database, RunId id, RunData& loaded,
                     const Places<model::StackId>& places) {
  model::StackId of{};
  model::SurvivorBin bin;
  Rows rows = database.Query(
      "SELECT s.stack_id, s.born_from_s, s.born_to_s, s.samples, s.bytes, s.variance "
      "FROM survivor s JOIN target t USING (target_id) WHERE t.run_id = ? "
      "ORDER BY s.stack_id, s.born_from_s",
      id);
  while (rows.Next(of, bin.born_from_s, bin.born_to_s, bin.samples, bin.bytes, bin.variance)) {
    const auto place = places.find(of);
    if (place != places.end()) loaded.stacks[place->second].survivors.push_back(bin);
  }
  return rows.status();
}

Status LoadEvents(Database& database, RunId id, RunData& loaded) {
  model::Event event;
  Rows rows = database.Query(
      "SELECT t_s, kind, message FROM event WHERE run_id = ? ORDER BY t_s, event_id", id);
  while (rows.Next(event.t_s, event.kind, event.message)) loaded.events.push_back(event);
  return rows.status();
}

Status LoadLoad(Database& database, RunId id, RunData& loaded) {
  auto load = ReadLoad(database, id);
  if (!load) return std::unexpected(load.error());
  loaded.load = std::move(*load);
  return {};
}

// Within a transaction of the caller's.
model::Result<RunData> LoadBase(Database& database, RunId id) {
  auto run = GetRun(database, id);
  if (!run) return std::unexpected(run.error());
  RunData loaded;
  loaded.run = std::move(*run);
  auto s = LoadTargets(database, id, loaded);
  if (s) s = LoadSeries(database, id, loaded);
  if (!s) return std::unexpected(s.error());
  return loaded;
}

}  // namespace

model::Result<RunData> LoadRunSeries(Database& database, RunId id) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kRead);
  if (!transaction) return std::unexpected(transaction.error());
  auto loaded = LoadBase(database, id);
  if (!loaded) return loaded;
  if (auto s = transaction->Commit(); !s) return std::unexpected(s.error());
  return loaded;
}

model::Result<RunData> LoadRun(Database& database, RunId id) {
  auto transaction = Transaction::Start(database, Transaction::Kind::kRead);
  if (!transaction) return std::unexpected(transaction.error());
  auto loaded = LoadBase(database, id);
  if (!loaded) return loaded;
  Places<model::StackId> stacks;
  auto s = LoadModules(database, id, *loaded);
  if (s) s = LoadStacks(database, id, *loaded, stacks);
  if (s) s = LoadStackPoints(database, id, *loaded, stacks);
  if (s) s = LoadSurvivors(database, id, *loaded, stacks);
  if (s) s = LoadEvents(database, id, *loaded);
  if (s) s = LoadLoad(database, id, *loaded);
  if (s) s = transaction->Commit();
  if (!s) return std::unexpected(s.error());
  return loaded;
}

}  // namespace seep::sqlite

// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/reduce_points.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace seep::sqlite {
namespace {

using model::Result;
using model::SeriesId;
using model::Status;

constexpr int kPortionRows = 4000;

struct Step {
  double bucket_s;
  std::string from;
  std::string to;
  std::string values;  // min, mean, max, last, points of a row
};

const Step& StepOf(Reduction reduction) {
  static const Step kToMinutes{60, "point", "point_1m", "value, value, value, value, 1"};
  static const Step kToTenMinutes{600, "point_1m", "point_10m",
                                  "min_value, mean_value, max_value, last_value, points"};
  return reduction == Reduction::kToMinutes ? kToMinutes : kToTenMinutes;
}

// Of the values that it stands for.
struct Bucket {
  double min = 0;
  double mean = 0;
  double max = 0;
  double last = 0;
  int64_t points = 0;

  // `later` follows.
  void Add(const Bucket& later) {
    min = points == 0 ? later.min : std::min(min, later.min);
    max = points == 0 ? later.max : std::max(max, later.max);
    points += later.points;
    mean += (later.mean - mean) * static_cast<double>(later.points) / static_cast<double>(points);
    last = later.last;
  }
};
using Buckets = std::map<std::pair<double, SeriesId>, Bucket>;  // by begin

double BeginOf(double t_s, double bucket_s) {
  return std::floor(t_s / bucket_s) * bucket_s;
}

// Where the portion ends; no value: there is none.
Result<std::optional<double>> PortionEnd(Database& database, model::RunId run, const Step& step,
                                         double cut_s) {
  // ORDER BY in place of min(): it has no row when there is none.
  static const std::string kTail = " WHERE run_id = ? ORDER BY run_id, t_s, series_id LIMIT 1";
  const auto first = database.QueryValue<double>("SELECT t_s FROM " + step.from + kTail, run);
  if (!first) return std::unexpected(first.error());
  if (!*first) return std::nullopt;
  // Whole buckets: those that end at the cut or before it.
  const double end_s = std::isinf(cut_s) ? cut_s : BeginOf(cut_s, step.bucket_s);
  const double first_end_s = BeginOf(**first, step.bucket_s) + step.bucket_s;
  if (first_end_s > end_s) return std::nullopt;
  const auto last = database.QueryValue<double>(
      "SELECT t_s FROM " + step.from + kTail + " OFFSET ?", run, kPortionRows);
  if (!last) return std::unexpected(last.error());
  if (!*last) return end_s;
  return std::min(end_s, std::max(first_end_s, BeginOf(**last, step.bucket_s)));
}

Result<Buckets> Read(Database& database, model::RunId run, const Step& step, double end_s) {
  Buckets buckets;
  double t_s = 0;
  SeriesId series{};
  Bucket row;
  Rows rows = database.Query("SELECT t_s, series_id, " + step.values + " FROM " + step.from +
                                 " WHERE run_id = ? AND t_s < ? ORDER BY run_id, t_s, series_id",
                             run, end_s);
  while (rows.Next(t_s, series, row.min, row.mean, row.max, row.last, row.points)) {
    buckets[{BeginOf(t_s, step.bucket_s), series}].Add(row);
  }
  if (!rows.status()) return std::unexpected(rows.status().error());
  return buckets;
}

Status Store(Database& database, model::RunId run, const Step& step, const Buckets& buckets) {
  const std::string insert =
      "INSERT INTO " + step.to +
      " AS old (run_id, t_s, series_id, min_value, mean_value, max_value, last_value, points) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "min_value = min(old.min_value, excluded.min_value), "
      "mean_value = (old.mean_value * old.points + excluded.mean_value * excluded.points) "
      "/ (old.points + excluded.points), "
      "max_value = max(old.max_value, excluded.max_value), last_value = excluded.last_value, "
      "points = old.points + excluded.points";
  for (const auto& [key, bucket] : buckets) {
    auto s = database.Run(insert, run, key.first, key.second, bucket.min, bucket.mean, bucket.max,
                          bucket.last, bucket.points);
    if (!s) return s;
  }
  return {};
}

}  // namespace

Result<int64_t> ReduceSome(Database& database, model::RunId run, Reduction reduction,
                           double cut_s) {
  const Step& step = StepOf(reduction);
  // Asked without the lock for writing: mostly there is nothing to do.
  const auto end_s = PortionEnd(database, run, step, cut_s);
  if (!end_s) return std::unexpected(end_s.error());
  if (!*end_s) return 0;
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  const auto buckets = Read(database, run, step, **end_s);
  if (!buckets) return std::unexpected(buckets.error());
  if (auto s = Store(database, run, step, *buckets); !s) return std::unexpected(s.error());
  auto s = database.Run("DELETE FROM " + step.from + " WHERE run_id = ? AND t_s < ?", run, **end_s);
  if (!s) return std::unexpected(s.error());
  const int64_t gone = database.changed_rows();
  if (s = transaction->Commit(); !s) return std::unexpected(s.error());
  return gone;
}

}  // namespace seep::sqlite

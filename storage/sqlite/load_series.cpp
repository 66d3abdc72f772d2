// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/load_series.h"

#include <cmath>
#include <optional>
#include <utility>

#include "storage/model/latency.h"
#include "storage/sqlite/latency_blob.h"

namespace seep::sqlite {
namespace {

using model::LoadWindow;
using model::Result;
using model::RunId;
using model::Status;

// Begins and ends are the same number of seconds by way of two sums.
constexpr double kSlack_s = 1e-6;

bool IsSound(const LoadWindow& window) {
  for (const double number : {window.begin_s, window.end_s, window.requests, window.errors,
                              window.concurrency.value_or(0), window.expected_interval_s}) {
    if (!std::isfinite(number)) return false;
  }
  return window.end_s > window.begin_s;
}

Result<int64_t> SeriesOf(Database& database, RunId run, const LoadWindow& window) {
  constexpr char kFind[] =
      "SELECT load_series_id FROM load_series WHERE run_id = ? AND source = ? AND operation = ?";
  const auto known = database.QueryValue<int64_t>(kFind, run, window.source, window.operation);
  if (!known) return std::unexpected(known.error());
  if (*known) return **known;
  auto s = database.Run("INSERT INTO load_series (run_id, source, operation) VALUES (?, ?, ?)", run,
                        window.source, window.operation);
  if (!s) return std::unexpected(s.error());
  return database.last_insert_id();
}

// Of all stored before its end the latest: the only one that can overlap.
Result<bool> IsTold(Database& database, int64_t load_series, const LoadWindow& window) {
  const auto last_end_s = database.QueryValue<double>(
      "SELECT end_s FROM load_window WHERE load_series_id = ? AND begin_s < ? "
      "ORDER BY begin_s DESC LIMIT 1",
      load_series, window.end_s - kSlack_s);
  if (!last_end_s) return std::unexpected(last_end_s.error());
  return *last_end_s && **last_end_s > window.begin_s + kSlack_s;
}

}  // namespace

Status WriteLoad(Database& database, RunId run, const LoadWindow& window) {
  if (!IsSound(window)) return {};
  const auto load_series = SeriesOf(database, run, window);
  if (!load_series) return std::unexpected(load_series.error());
  const auto is_told = IsTold(database, *load_series, window);
  if (!is_told) return std::unexpected(is_told.error());
  return *is_told ? Status() : InsertLoadRow(database, *load_series, 0, window);
}

Status InsertLoadRow(Database& database, int64_t load_series, double resolution_s,
                     const LoadWindow& window) {
  return database.Run(
      "INSERT INTO load_window (load_series_id, begin_s, end_s, resolution_s, requests, errors, "
      "concurrency, expected_interval_s, p50_s, p95_s, p99_s, latency) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      load_series, window.begin_s, window.end_s, resolution_s, window.requests, window.errors,
      window.concurrency, window.expected_interval_s, model::LatencyQuantile(window.latency, 0.5),
      model::LatencyQuantile(window.latency, 0.95), model::LatencyQuantile(window.latency, 0.99),
      Blob{EncodeLatency(window.latency)});
}

Result<std::vector<LoadWindow>> ReadLoad(Database& database, RunId run) {
  std::vector<LoadWindow> windows;
  LoadWindow window;
  Blob latency;
  Rows rows = database.Query(
      "SELECT s.source, s.operation, w.begin_s, w.end_s, w.requests, w.errors, w.concurrency, "
      "w.expected_interval_s, w.latency FROM load_series s JOIN load_window w "
      "USING (load_series_id) WHERE s.run_id = ? ORDER BY s.source, s.operation, w.begin_s",
      run);
  while (rows.Next(window.source, window.operation, window.begin_s, window.end_s, window.requests,
                   window.errors, window.concurrency, window.expected_interval_s, latency)) {
    window.latency = DecodeLatency(latency.bytes);
    windows.push_back(window);
  }
  if (!rows.status()) return std::unexpected(rows.status().error());
  return windows;
}

}  // namespace seep::sqlite

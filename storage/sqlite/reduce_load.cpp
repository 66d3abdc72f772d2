// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/reduce_load.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "storage/model/latency.h"
#include "storage/sqlite/latency_blob.h"
#include "storage/sqlite/load_series.h"

namespace seep::sqlite {
namespace {

using model::LoadWindow;
using model::Result;
using model::Status;

constexpr double kResolution_s = 600;
constexpr double kLeastGap_s = 1;
// A histogram of ten minutes has no more than that; three significant digits are left for most.
constexpr size_t kMostBuckets = 1000;

struct Portion {
  int64_t load_series = 0;
  double begin_s = 0;
  double end_s() const { return begin_s + kResolution_s; }
};

Result<std::optional<Portion>> Oldest(Database& database, model::RunId run, double cut_s) {
  const double end_s =
      std::isinf(cut_s) ? cut_s : std::floor(cut_s / kResolution_s) * kResolution_s;
  Portion portion;
  Rows rows = database.Query(
      "SELECT w.load_series_id, w.begin_s FROM load_series s JOIN load_window w "
      "INDEXED BY load_window_fine USING (load_series_id) "
      "WHERE s.run_id = ? AND w.resolution_s = 0 AND w.begin_s < ? "
      "ORDER BY w.load_series_id, w.begin_s LIMIT 1",
      run, end_s);
  const bool has_one = rows.Next(portion.load_series, portion.begin_s);
  if (!rows.status()) return std::unexpected(rows.status().error());
  if (!has_one) return std::nullopt;
  portion.begin_s = std::floor(portion.begin_s / kResolution_s) * kResolution_s;
  return portion;
}

Result<std::vector<LoadWindow>> Read(Database& database, const Portion& portion) {
  std::vector<LoadWindow> windows;
  LoadWindow window;
  Blob latency;
  Rows rows = database.Query(
      "SELECT begin_s, end_s, requests, errors, concurrency, expected_interval_s, latency "
      "FROM load_window WHERE load_series_id = ? AND begin_s >= ? AND begin_s < ? "
      "ORDER BY begin_s",
      portion.load_series, portion.begin_s, portion.end_s());
  while (rows.Next(window.begin_s, window.end_s, window.requests, window.errors, window.concurrency,
                   window.expected_interval_s, latency)) {
    window.latency = DecodeLatency(latency.bytes);
    windows.push_back(window);
  }
  if (!rows.status()) return std::unexpected(rows.status().error());
  return windows;
}

// `later` follows. Its histogram is put behind; MergeLatency makes one of them at the end.
void Add(LoadWindow& sum, LoadWindow later) {
  const double length_s = sum.end_s - sum.begin_s;
  const double later_s = later.end_s - later.begin_s;
  if (sum.concurrency && later.concurrency) {
    sum.concurrency =
        (*sum.concurrency * length_s + *later.concurrency * later_s) / (length_s + later_s);
  } else if (later.concurrency) {
    sum.concurrency = later.concurrency;
  }
  sum.end_s = std::max(sum.end_s, later.end_s);
  sum.requests += later.requests;
  sum.errors += later.errors;
  sum.expected_interval_s = std::max(sum.expected_interval_s, later.expected_interval_s);
  sum.latency.insert(sum.latency.end(), later.latency.begin(), later.latency.end());
}

std::vector<LoadWindow> Merge(std::vector<LoadWindow> windows) {
  std::vector<LoadWindow> merged;
  for (LoadWindow& window : windows) {
    const bool follows = !merged.empty() && window.begin_s - merged.back().end_s <= kLeastGap_s;
    if (follows) {
      Add(merged.back(), std::move(window));
    } else {
      merged.push_back(std::move(window));
    }
  }
  for (LoadWindow& window : merged) {
    window.latency =
        model::CoarsenLatency(model::MergeLatency(std::move(window.latency)), kMostBuckets);
  }
  return merged;
}

}  // namespace

Result<int64_t> ReduceLoad(Database& database, model::RunId run, double cut_s) {
  // Asked without the lock for writing: mostly there is nothing to do.
  const auto portion = Oldest(database, run, cut_s);
  if (!portion) return std::unexpected(portion.error());
  if (!*portion) return 0;
  auto transaction = Transaction::Start(database, Transaction::Kind::kWrite);
  if (!transaction) return std::unexpected(transaction.error());
  auto windows = Read(database, **portion);
  if (!windows) return std::unexpected(windows.error());
  const auto read = static_cast<int64_t>(windows->size());
  auto s = database.Run(
      "DELETE FROM load_window WHERE load_series_id = ? AND begin_s >= ? AND begin_s < ?",
      (*portion)->load_series, (*portion)->begin_s, (*portion)->end_s());
  for (const LoadWindow& window : Merge(std::move(*windows))) {
    if (s) s = InsertLoadRow(database, (*portion)->load_series, kResolution_s, window);
  }
  if (s) s = transaction->Commit();
  if (!s) return std::unexpected(s.error());
  return read;
}

}  // namespace seep::sqlite

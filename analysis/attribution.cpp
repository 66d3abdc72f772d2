// SPDX-License-Identifier: Apache-2.0
#include "analysis/attribution.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "analysis/series/find_series.h"
#include "analysis/stats/least_squares.h"

namespace seep::analysis {
namespace {

constexpr size_t kFewestTimes = 12;

using Points = std::vector<model::Point>;

// The value at `t_s`: exact, or between two neighbours; nothing outside of the series.
std::optional<double> Interpolate(const Points& points, double t_s) {
  const auto after =
      std::lower_bound(points.begin(), points.end(), t_s,
                       [](const model::Point& point, double t) { return point.t_s < t; });
  if (after == points.end()) return std::nullopt;
  if (after->t_s == t_s) return after->value;
  if (after == points.begin()) return std::nullopt;
  const model::Point& before = *(after - 1);
  const double share = (t_s - before.t_s) / (after->t_s - before.t_s);
  return before.value + share * (after->value - before.value);
}

struct Part {
  std::string name;
  const Points* points = nullptr;
  std::vector<double> values;
};

}  // namespace

Attribution Attribute(const model::RunData& data, model::TargetId target, double begin_s) {
  Attribution attribution;
  const Points* anon = FindPoints(data, target, model::metric::kRssAnon);
  if (anon == nullptr) return attribution;
  const Points* heap = FindPoints(data, target, model::metric::kHeapLive);
  std::vector<Part> parts;
  if (heap != nullptr && heap->size() >= 2) parts.push_back({"heap_live", heap, {}});
  const bool has_heap = !parts.empty();
  parts.push_back({"anon_other", anon, {}});
  const std::pair<const char*, const char*> others[] = {{"file", model::metric::kRssFile},
                                                        {"shmem", model::metric::kRssShmem},
                                                        {"swap", model::metric::kSwap}};
  for (const auto& [name, metric] : others) {
    const Points* points = FindPoints(data, target, metric);
    if (points != nullptr) parts.push_back({name, points, {}});
  }

  std::vector<double> times_s;
  for (const model::Point& tick : *anon) {
    if (!(tick.t_s >= begin_s)) continue;
    std::vector<double> row;
    for (const Part& part : parts) {
      const auto value = Interpolate(*part.points, tick.t_s);
      if (value && std::isfinite(*value)) row.push_back(*value);
    }
    if (row.size() != parts.size()) continue;
    if (has_heap) row[1] -= row[0];
    times_s.push_back(tick.t_s);
    for (size_t i = 0; i < parts.size(); ++i) parts[i].values.push_back(row[i]);
  }
  if (times_s.size() < kFewestTimes) return attribution;

  for (const Part& part : parts) {
    const double slope = 3600 * OlsSlope(times_s, part.values);
    attribution.parts.push_back({part.name, slope, 0});
    attribution.rss_slope_per_hour += slope;
  }
  for (model::AttributionPart& part : attribution.parts) {
    const double whole = attribution.rss_slope_per_hour;
    part.share = whole != 0 ? part.slope_per_hour / whole : 0;
  }
  return attribution;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/coverage.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "storage/model/series.h"

namespace seep::report {
namespace {

const std::vector<model::Point>* FindPoints(const model::RunData& data, model::TargetId target,
                                            std::string_view metric) {
  for (const model::SeriesData& series : data.series) {
    if (series.series.target == target && series.series.metric == metric) return &series.points;
  }
  return nullptr;
}

// The interval as set; when it is scaled with the run, the usual one between points.
double Tick_s(const model::Run& run, const std::vector<model::Point>& points) {
  if (run.tick_s > 0 || points.size() < 2) return run.tick_s;
  std::vector<double> intervals;
  for (size_t i = 1; i < points.size(); ++i) {
    intervals.push_back(points[i].t_s - points[i - 1].t_s);
  }
  const auto middle = intervals.begin() + static_cast<std::ptrdiff_t>(intervals.size() / 2);
  std::nth_element(intervals.begin(), middle, intervals.end());
  return *middle;
}

}  // namespace

std::vector<TargetCoverage> MeasureCoverage(const model::RunData& data) {
  std::vector<TargetCoverage> all;
  for (const model::Target& target : data.targets) {
    TargetCoverage coverage;
    coverage.target = &target;
    const double lived_s = target.last_seen_s - target.first_seen_s;
    if (const auto* rss = FindPoints(data, target.id, model::metric::kRssSwap)) {
      coverage.ticks = rss->size();
      const double ticks = lived_s / Tick_s(data.run, *rss);
      constexpr double kMostTicks = 1e15;
      if (ticks >= 0 && ticks < kMostTicks) {
        coverage.expected_ticks = static_cast<size_t>(std::floor(ticks)) + 1;
      }
    }
    if (const auto* heap = FindPoints(data, target.id, model::metric::kHeapLive)) {
      coverage.snapshots = heap->size();
    }
    all.push_back(coverage);
  }
  return all;
}

std::vector<std::string> UnseenParts(const model::RunData& data) {
  std::vector<std::string> unseen;
  for (const model::Event& event : data.events) {
    if (event.kind == "coverage") unseen.push_back(event.message);
  }
  return unseen;
}

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/series_verdict.h"

#include <algorithm>
#include <cmath>

namespace seep::analysis {
namespace {

constexpr double kDeviate95 = 1.96;

}  // namespace

model::SeriesVerdict ToSeriesVerdict(const Trend& trend, const std::string& metric,
                                     const std::string& unit) {
  model::SeriesVerdict verdict;
  verdict.metric = metric;
  verdict.unit = unit;
  verdict.growth_class = trend.growth_class;
  verdict.slope_per_hour = 3600 * trend.slope_per_s;
  verdict.ci_low = 3600 * trend.ci_low_per_s;
  verdict.ci_high = 3600 * trend.ci_high_per_s;
  verdict.level = trend.level;
  verdict.warmup_end_s = trend.warmup_end_s;
  verdict.since_s = trend.since_s;
  verdict.usable_s = trend.usable_s;
  verdict.points = trend.points;
  verdict.detectable_per_hour = 3600 * trend.detectable_per_s;
  verdict.explanation = trend.explanation;
  return verdict;
}

void WidenBySampling(const std::vector<model::Point>& standard_errors, const Trend& trend,
                     model::SeriesVerdict* verdict) {
  if (standard_errors.empty() || !(trend.usable_s > 0)) return;
  const double begin_s = standard_errors.back().t_s - trend.usable_s;
  const auto first =
      std::find_if(standard_errors.begin(), standard_errors.end(),
                   [begin_s](const model::Point& point) { return point.t_s >= begin_s; });
  const double before = first->value;
  const double after = standard_errors.back().value;
  const double gained = std::sqrt(std::abs(after * after - before * before));
  const double sampling = kDeviate95 * 3600 * gained / trend.usable_s;
  if (!std::isfinite(sampling)) return;
  const double slope = verdict->slope_per_hour;
  verdict->ci_low = slope - std::hypot(slope - verdict->ci_low, sampling);
  verdict->ci_high = slope + std::hypot(verdict->ci_high - slope, sampling);
}

}  // namespace seep::analysis

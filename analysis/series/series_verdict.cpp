// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/series_verdict.h"

namespace seep::analysis {

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

}  // namespace seep::analysis

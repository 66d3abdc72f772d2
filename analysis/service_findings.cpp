// SPDX-License-Identifier: Apache-2.0
#include "analysis/service_findings.h"

#include <algorithm>

#include "analysis/lineage/service_series.h"
#include "analysis/series/metric_kind.h"
#include "analysis/series/series_verdict.h"
#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;

std::string Growth(const ServiceSeries& series, const Trend& trend) {
  const double per_hour = 3600 * trend.slope_per_s;
  if (series.metric == metric::kProcesses) {
    return "starts " + Count(per_hour) + " more processes per hour than end, now " +
           Count(trend.end_level);
  }
  const std::string rate = series.unit == "bytes" ? Rate(per_hour) : Count(per_hour) + " per hour";
  return "holds more and more: " + MetricInWords(series.metric) + ", all processes together, by " +
         rate;
}

}  // namespace

ServiceFindings JudgeService(const model::RunData& data, const std::vector<model::Point>& load) {
  ServiceFindings findings;
  const Window window{0, data.run.duration_s - kShortestProcess_s};
  for (const ServiceSeries& series : AddUpProcesses(data)) {
    const MetricKind kind = KindOf(series.metric, series.points);
    const Trend trend = EstimateTrend(series.points, window, kind.limits, load);
    model::SeriesVerdict verdict = ToSeriesVerdict(trend, series.metric, series.unit);
    verdict.is_informational = series.metric == metric::kCpuSeconds;
    verdict.is_finding = model::IsGrowth(trend.growth_class) && !verdict.is_informational;
    // The number of processes comes first, and says why the rest grows.
    if (verdict.is_finding && findings.summary.empty()) {
      findings.summary = "Growth: the service as a whole " + Growth(series, trend) +
                         "; no process of it grows by itself.";
      findings.p_value = trend.p_value;
    }
    findings.series.push_back(std::move(verdict));
  }
  return findings;
}

}  // namespace seep::analysis

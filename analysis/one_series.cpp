// SPDX-License-Identifier: Apache-2.0
#include "analysis/one_series.h"

#include <utility>

#include "analysis/confidence.h"
#include "analysis/memory/forecast.h"
#include "analysis/series/metric_kind.h"
#include "analysis/series/series_verdict.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

std::string PerHour(double per_s, const std::string& unit) {
  return model::FormatQuantity(3600 * per_s, unit) + (unit == "bytes" ? "/h" : " per hour");
}

std::string Summary(const OneSeries& series, const Trend& trend, const std::string& unit) {
  const std::string seen =
      ": growth above " + PerHour(trend.detectable_per_s, unit) + " would have been seen.";
  switch (trend.growth_class) {
    case model::GrowthClass::kInsufficientData:
      return "Inconclusive: " + trend.explanation + ".";
    case model::GrowthClass::kGrowth:
    case model::GrowthClass::kStaircase:
      return "Growth: " + series.metric + " rises by " + PerHour(trend.slope_per_s, unit) +
             " and keeps rising.";
    case model::GrowthClass::kWarmUp:
      return "No growth after warm-up" + seen;
    case model::GrowthClass::kLoadProportional:
      return "No growth beyond that of the load" + seen;
    default:
      return "No growth" + seen;
  }
}

}  // namespace

OneSeriesFindings JudgeOneSeries(const OneSeries& series) {
  const MetricKind kind = KindOf(series.metric, series.points);
  OneSeriesFindings findings;
  findings.unit = kind.unit;
  const Window window = series.points.empty()
                            ? Window{}
                            : Window{series.points.front().t_s, series.points.back().t_s};
  const Trend& trend = findings.trend =
      EstimateTrend(series.points, window, kind.limits, series.load);
  model::Verdict& verdict = findings.verdict;
  verdict.growth_class = trend.growth_class;
  verdict.series = {ToSeriesVerdict(trend, series.metric, kind.unit)};
  verdict.summary = Summary(series, trend, kind.unit);
  if (trend.growth_class == model::GrowthClass::kInsufficientData) {
    verdict.exit_code = model::ExitCode::kInconclusive;
    verdict.confidence = "low";
    return findings;
  }
  verdict.exit_code =
      model::IsGrowth(trend.growth_class) ? model::ExitCode::kGrowth : model::ExitCode::kPass;
  Confidence confidence = ConfidenceInSeries(trend);
  verdict.confidence = std::move(confidence.level);
  verdict.confidence_reason = std::move(confidence.reason);
  verdict.series.front().is_finding = model::IsGrowth(trend.growth_class);
  model::Run run;
  run.limit_bytes = series.limit;
  run.limit_source = "--limit";
  verdict.forecast = ForecastLimit(run, trend);
  if (trend.is_peak_growth) {
    verdict.warnings.push_back("its peaks rise while its middle and its troughs do not");
  }
  return findings;
}

}  // namespace seep::analysis

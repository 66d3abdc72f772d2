// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/series_text.h"

#include "analysis/report/phrases.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/plot.h"
#include "analysis/report/report.h"
#include "analysis/report/text_lines.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

using analysis::OneSeries;
using analysis::OneSeriesFindings;
using analysis::Trend;
using model::GrowthClass;

constexpr double kDay_s = 24 * 3600;

std::string WhatWillHappen(const OneSeries& series, const OneSeriesFindings& findings) {
  if (!model::IsGrowth(findings.trend.growth_class)) return GoesOn(findings.trend.growth_class);
  if (findings.verdict.forecast) {
    return LimitIsReached(*findings.verdict.forecast, findings.unit);
  }
  return MoreLater(3600 * findings.trend.slope_per_s, findings.unit, findings.trend.usable_s) +
         (series.limit == 0 ? "; --limit SIZE tells when it is too much" : "");
}

void WhatIsMissing(const OneSeries& series, std::string& text) {
  const double length_s = series.points.empty() ? 0 : series.points.back().t_s;
  Labelled(text, "What is missing",
           "12 values and 30 s are the least, without large holes; here " +
               std::to_string(series.points.size()) + " values in " +
               model::FormatDuration(length_s));
  Labelled(text, "What to do", "export a longer time, or with a smaller step");
}

}  // namespace

std::string SeriesText(const std::string& name, const OneSeries& series,
                       const OneSeriesFindings& findings) {
  const Trend& trend = findings.trend;
  const model::Verdict& verdict = findings.verdict;
  const double length_s = series.points.back().t_s;
  std::string text = Wrap(OneLine(verdict.summary), kTextWidth, 0) + '\n';
  text += Wrap("Exit code " + std::to_string(static_cast<int>(verdict.exit_code)) + ". " +
                   OneLine(name) + ": " + std::to_string(series.points.size()) + " values in " +
                   model::FormatDuration(length_s) + ", load " +
                   (series.load.empty() ? "not known." : "known."),
               kTextWidth, 0) +
          "\n\n";
  text += Plot(series.points, findings.unit) + '\n';
  if (trend.growth_class == GrowthClass::kInsufficientData) {
    WhatIsMissing(series, text);
    return text;
  }
  const model::SeriesVerdict& judged = verdict.series.front();
  Labelled(text, "What it does", trend.explanation);
  Labelled(text, "How sure", verdict.confidence + ": " + verdict.confidence_reason);
  Labelled(text, "How fast", HowFast(judged));
  const std::string since = SinceWhen(judged, 0, length_s, series.started_s, "the first value");
  if (!since.empty()) Labelled(text, "Since when", since);
  Labelled(text, "What will happen", WhatWillHappen(series, findings));
  Labelled(
      text, "Smallest seen",
      SmallestSeen("growth above " +
                   model::FormatQuantity(judged.detectable_per_hour, findings.unit) + " per hour"));
  constexpr double kCycle_s = kDay_s / 2;
  constexpr double kCycleIsSeen_s = 1.5 * kDay_s;
  if (series.load.empty() && length_s > kCycle_s && length_s < kCycleIsSeen_s) {
    Labelled(text, "Beware",
             "in less than 36 hours a daily cycle can look like growth; a column load "
             "(requests, connections) tells them apart");
  }
  for (const std::string& warning : verdict.warnings) Labelled(text, "Beware", warning);
  return text;
}

}  // namespace seep::report

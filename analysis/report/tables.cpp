// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/tables.h"

#include <cmath>

#include "analysis/report/plain_text.h"
#include "analysis/report/text_lines.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

// Shares of a slope that may as well be zero would be large numbers without a meaning.
bool IsRssSlopeClear(const model::Verdict& verdict) {
  for (const model::SeriesVerdict& series : verdict.series) {
    if (series.target == verdict.attributed_target && series.metric == model::metric::kRssSwap) {
      return series.ci_low > 0 || series.ci_high < 0;
    }
  }
  return false;
}

// Those of resources say nothing in the text unless they grow; the JSON report has all.
bool IsWorthALine(const model::SeriesVerdict& series) {
  if (series.drift) return false;  // told with the load
  if (!series.is_informational || model::IsGrowth(series.growth_class)) return true;
  namespace metric = model::metric;
  for (const char* name : {metric::kRssAnon, metric::kRssFile, metric::kRssShmem, metric::kSwap}) {
    if (series.metric == name) return true;
  }
  return false;
}

}  // namespace

double NoTrace(double value, const model::SeriesVerdict& series) {
  constexpr double kTrace = 1e-6;
  return std::abs(value) < kTrace * (series.ci_high - series.ci_low) ? 0 : value;
}

void SeriesTable(const ReportInput& input, std::string& text) {
  if (input.verdict.series.empty()) return;
  text += "\nSeries (slope per hour after warm-up, 95 % interval)\n";
  model::TargetId shown{};
  bool is_first = true;
  for (const model::SeriesVerdict& series : input.verdict.series) {
    if (!IsWorthALine(series)) continue;
    if (is_first || series.target != shown) {
      Line(text, "  " + TargetName(input.data, series.target) + ", since " +
                     model::FormatDuration(series.warmup_end_s));
      Line(text, "    " + Cell("metric", 20) + Cell("class", 19) + Cell("level", 12) +
                     Cell("slope", 12) + Cell("from", 12) + Cell("to", 12) + "points");
    }
    is_first = false;
    shown = series.target;
    const bool is_known = series.growth_class != model::GrowthClass::kInsufficientData;
    const auto slope = [&](double value) {
      return Cell(is_known ? Quantity(NoTrace(value, series), series.unit) : "-", 12);
    };
    Line(text, "    " + Cell(OneLine(series.metric), 20) +
                   Cell(model::ToString(series.growth_class), 19) +
                   Cell(Quantity(series.level, series.unit), 12) + slope(series.slope_per_hour) +
                   slope(series.ci_low) + slope(series.ci_high) + std::to_string(series.points));
    const bool is_worth_words = series.growth_class != model::GrowthClass::kStable;
    if (is_worth_words && !series.explanation.empty()) {
      Line(text, "      " + OneLine(series.explanation));
    }
  }
}

void AttributionTable(const ReportInput& input, std::string& text) {
  if (input.verdict.attribution.empty()) return;
  const bool has_shares = IsRssSlopeClear(input.verdict);
  text += "\nWhat the resident memory of " +
          Shorten(TargetName(input.data, input.verdict.attributed_target), 40) +
          " grows by (least squares)\n";
  for (const model::AttributionPart& part : input.verdict.attribution) {
    Line(text, "    " + Cell(OneLine(part.name), 30) +
                   Cell(model::FormatBytesPerHour(std::round(part.slope_per_hour) + 0.0), 16) +
                   (has_shares ? Percent(part.share) + " (" + Percent(part.share_low) + " to " +
                                     Percent(part.share_high) + ")"
                               : "-"));
  }
  Line(text,
       "    " + Cell("together", 30) + model::FormatBytesPerHour(input.verdict.rss_slope_per_hour));
}

}  // namespace seep::report

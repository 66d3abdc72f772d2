// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/series_text.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/report/plain_text.h"
#include "analysis/report/plot.h"
#include "analysis/report/report.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

using analysis::OneSeries;
using analysis::OneSeriesFindings;
using analysis::Trend;
using model::GrowthClass;

constexpr size_t kLabel = 20;
constexpr double kDay_s = 24 * 3600;

void Add(std::string& text, const std::string& label, const std::string& content) {
  const std::string padded = "  " + label + std::string(kLabel - 2 - label.size(), '\1');
  std::string lines = Wrap(padded + content, kTextWidth, kLabel);
  std::replace(lines.begin(), lines.end(), '\1', ' ');
  text += lines + '\n';
}

// "4.3 MiB per hour; the data allow 4.1 MiB to 4.5 MiB".
std::string HowFast(const Trend& trend, double seconds, const char* name, const std::string& unit) {
  return model::FormatQuantity(seconds * trend.slope_per_s, unit) + " per " + name +
         "; the data allow " + model::FormatQuantity(seconds * trend.ci_low_per_s, unit) + " to " +
         model::FormatQuantity(seconds * trend.ci_high_per_s, unit);
}

std::string HowSure(const Trend& trend, const model::Verdict& verdict) {
  constexpr double kRarest = 1e-6;
  std::string sure = verdict.confidence;
  if (model::IsGrowth(trend.growth_class)) {
    const double odds = std::pow(10, std::floor(-std::log10(std::max(trend.p_value, kRarest))));
    if (odds >= 10) {
      sure += "; noise alone would rise like this in less than 1 of " +
              std::to_string(std::lround(odds)) + " such series";
    }
  } else {
    sure += "; it rests on " + model::FormatDuration(trend.usable_s) + " of data";
  }
  return sure + ". One series alone is never more than medium: nothing else agrees with it";
}

// Times of an export count from 1970.
std::string Date(double t_s) {
  constexpr double kEarliest_s = 1e9;  // 2001
  constexpr double kLatest_s = 9e9;
  if (t_s < kEarliest_s || t_s > kLatest_s) return {};
  return ", at " + model::FormatTimestamp(static_cast<int64_t>(t_s) * 1'000'000'000);
}

std::string SinceWhen(const OneSeries& series, const Trend& trend) {
  const auto after = [&series](double t_s) {
    return model::FormatDuration(t_s) + " after the first value" + Date(series.started_s + t_s);
  };
  if (trend.growth_class == GrowthClass::kWarmUp) return "level since " + after(trend.warmup_end_s);
  if (!model::IsGrowth(trend.growth_class)) return {};
  constexpr double kBegin = 0.05;  // of the time
  return trend.since_s < kBegin * series.points.back().t_s ? "the beginning" : after(trend.since_s);
}

std::string Hours(double hours) {
  return std::isfinite(hours) ? model::FormatDuration(3600 * hours) : "never";
}

std::string WhatWillHappen(const OneSeries& series, const OneSeriesFindings& findings) {
  if (!model::IsGrowth(findings.trend.growth_class)) {
    return findings.trend.growth_class == GrowthClass::kDeclining
               ? "it falls on, if nothing changes"
               : "it stays where it is, as far as these data tell";
  }
  if (!findings.verdict.forecast) {
    return std::string("it rises on") +
           (series.limit == 0 ? "; --limit SIZE tells when it is too much" : "");
  }
  const model::Forecast& forecast = *findings.verdict.forecast;
  return "the limit of " +
         model::FormatQuantity(static_cast<double>(forecast.limit), findings.unit) +
         " is reached in " + Hours(forecast.hours) + " (90 %: " + Hours(forecast.low) + " to " +
         Hours(forecast.high) + ")" +
         (forecast.is_beyond_horizon
              ? "; more than ten times the observed time ahead: an order of magnitude only"
              : "");
}

}  // namespace

std::string SeriesText(const std::string& name, const OneSeries& series,
                       const OneSeriesFindings& findings) {
  const Trend& trend = findings.trend;
  const model::Verdict& verdict = findings.verdict;
  const double length_s = series.points.back().t_s;
  std::string text = Wrap(OneLine(verdict.summary), kTextWidth, 0) + '\n';
  text += Wrap("Confidence " + verdict.confidence + ". Exit code " +
                   std::to_string(static_cast<int>(verdict.exit_code)) + ". " + OneLine(name) +
                   ": " + std::to_string(series.points.size()) + " values in " +
                   model::FormatDuration(length_s) + ", load " +
                   (series.load.empty() ? "not known." : "known."),
               kTextWidth, 0) +
          "\n\n";
  text += Plot(series.points, findings.unit) + '\n';
  if (trend.growth_class == GrowthClass::kInsufficientData) return text;

  Add(text, "What it does", trend.explanation);
  Add(text, "How sure", HowSure(trend, verdict));
  Add(text, "How fast", HowFast(trend, 3600, "hour", findings.unit) + " (95 %)");
  Add(text, "", HowFast(trend, kDay_s, "day", findings.unit));
  if (const std::string since = SinceWhen(series, trend); !since.empty()) {
    Add(text, "Since when", since);
  }
  Add(text, "What will happen", WhatWillHappen(series, findings));
  Add(text, "Smallest seen",
      "growth above " + model::FormatQuantity(3600 * trend.detectable_per_s, findings.unit) +
          " per hour would have been found, nine times out of ten");
  constexpr double kCycle_s = kDay_s / 2;
  constexpr double kCycleIsSeen_s = 1.5 * kDay_s;
  if (series.load.empty() && length_s > kCycle_s && length_s < kCycleIsSeen_s) {
    Add(text, "Beware",
        "in less than 36 hours a daily cycle can look like growth; a column load "
        "(requests, connections) tells them apart");
  }
  for (const std::string& warning : verdict.warnings) Add(text, "Beware", warning);
  return text;
}

}  // namespace seep::report

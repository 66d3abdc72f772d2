// SPDX-License-Identifier: Apache-2.0
#include "analysis/drift_words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;

constexpr double kDay_s = 24 * 3600;
constexpr double kFar = 10;  // times the observed time: an order of magnitude

// Its change is told per day; in a shorter run it is what was seen.
bool IsDay(const model::SeriesVerdict& series) {
  return series.usable_s >= 0.95 * kDay_s;
}

std::string Format(const char* format, double value) {
  std::array<char, 48> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

std::string Subject(const model::DriftFigures& drift) {
  return drift.operation.empty() ? "answers" : "answers of " + drift.operation;
}

const char* ShareInWords(const std::string& name) {
  return name == metric::kLatencyP50 ? "half" : name == metric::kLatencyP95 ? "95 %" : "99 %";
}

// Of all answers: "0.12 %".
std::string Failed(double share) {
  return Format(share < 0.1 ? "%.2g %%" : "%.1f %%", 100 * share);
}

}  // namespace

std::string Latency(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  if (seconds < 1e-3) return Format("%.3g us", 1e6 * seconds);
  if (seconds < 1) return Format("%.3g ms", 1e3 * seconds);
  return Format("%.3g s", seconds);
}

ChangeRange ChangeRangeOf(const model::SeriesVerdict& series) {
  const bool is_share = series.metric == metric::kErrorRate;  // adds up; the others multiply
  const auto relative = [&](double per_hour) {
    return is_share ? per_hour : per_hour / series.level;
  };
  const double seen = series.drift->change_seen;
  // The time that it has drifted for.
  const double seen_hours = (is_share ? seen : std::log1p(seen)) / relative(series.slope_per_hour);
  const double hours = IsDay(series) ? 24 : seen_hours;
  const auto words = [&](double per_hour) {
    const double change = hours * relative(per_hour);
    return is_share ? Failed(change) : Percent(std::expm1(change));
  };
  return {words(series.ci_low), words(series.ci_high)};
}

std::string DetectableInWords(const model::SeriesVerdict& series) {
  const double hours = IsDay(series) ? 24 : series.usable_s / 3600;
  const double rise = std::expm1(hours * series.detectable_per_hour / series.level);
  return Percent(rise) +
         (IsDay(series) ? " per 24 h" : " in " + model::FormatDuration(series.usable_s));
}

std::string ChangeInWords(const model::SeriesVerdict& series) {
  const model::DriftFigures& drift = *series.drift;
  const bool is_share = series.metric == metric::kErrorRate;
  const auto amount = [is_share](double change) {
    return is_share ? Failed(change) : Percent(std::abs(change));
  };
  const double change = IsDay(series) ? drift.change_per_day : drift.change_seen;
  std::string words = amount(change) + (is_share ? " of all more" : change < 0 ? " less" : " more");
  if (IsDay(series)) return words + " per 24 h";
  words += " in " + model::FormatDuration(series.usable_s);
  // A day of what was seen for minutes is an order of magnitude, and no more.
  const bool is_far = kFar * series.usable_s < kDay_s;
  return is_far ? words : words + " (" + amount(drift.change_per_day) + " per 24 h at this rate)";
}

std::string DescribeDrift(const model::SeriesVerdict& series) {
  const model::DriftFigures& drift = *series.drift;
  const std::string change = ", " + ChangeInWords(series);
  if (series.metric == metric::kErrorRate) {
    return "more " + Subject(drift) + " fail: " + Failed(drift.from) + " at first and " +
           Failed(drift.to) + " at last" + change;
  }
  if (series.metric == metric::kThroughput) {
    return Subject(drift) + " become fewer: " + Count(drift.from) + " a second at first and " +
           Count(drift.to) + " at last" + change;
  }
  return Subject(drift) + " become slower: " + ShareInWords(series.metric) +
         " of them took at most " + Latency(drift.from) + " at first and " + Latency(drift.to) +
         " at last" + change;
}

std::string SummarizeDrift(const std::vector<const model::SeriesVerdict*>& drifting) {
  return "Drift: under the same load " + DescribeDrift(*drifting.front()) + ".";
}

std::string AlsoDrifts(const std::vector<const model::SeriesVerdict*>& drifting) {
  if (drifting.empty()) return {};
  return " With it " + DescribeDrift(*drifting.front()) + ".";
}

Confidence ConfidenceInDrift(const std::vector<const model::SeriesVerdict*>& drifting) {
  constexpr double kStrong_p = 1e-3;
  constexpr double kLong_s = 4 * 3600;
  // Quantiles of the same answers are hardly two witnesses: latency counts once, and once more when
  // all of the answers moved, not their tail alone.
  std::set<std::string> kinds;
  double rarest = 1;
  double usable_s = 0;
  for (const model::SeriesVerdict* series : drifting) {
    const bool is_latency = series->metric.starts_with("latency_");
    kinds.insert(is_latency ? series->metric == metric::kLatencyP50 ? "the middle of the answers"
                                                                    : "their slowest"
                 : series->metric == metric::kErrorRate ? "errors"
                                                        : "throughput");
    rarest = std::min(rarest, series->drift->p_value);
    usable_s = std::max(usable_s, series->usable_s);
  }
  const size_t votes = kinds.size() + (rarest < kStrong_p) + (usable_s >= kLong_s);
  Confidence confidence;
  confidence.level = votes >= 4 ? "high" : votes >= 2 ? "medium" : "low";
  std::string list;
  for (const std::string& kind : kinds) list += (list.empty() ? "" : ", ") + kind;
  confidence.reason = "it shows in " + std::to_string(drifting.size()) + " series (" + list +
                      "), over " + model::FormatDuration(usable_s);
  if (usable_s < kLong_s) confidence.reason += "; 4 hours would make it surer";
  return confidence;
}

}  // namespace seep::analysis

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
  const model::DriftFigures& drift = *series.drift;
  const double days = series.usable_s / kDay_s;
  const bool is_day = kFar * series.usable_s >= kDay_s;
  const bool is_share = series.metric == metric::kErrorRate;  // adds up; the others multiply
  const auto words = [&](double per_day) {
    const double seen = is_share ? days * per_day : std::expm1(days * std::log1p(per_day));
    const double change = is_day ? per_day : seen;
    return is_share ? Failed(change) : Percent(change);
  };
  return {words(drift.change_low), words(drift.change_high)};
}

std::string ChangeInWords(const model::SeriesVerdict& series) {
  const model::DriftFigures& drift = *series.drift;
  const bool is_day = kFar * series.usable_s >= kDay_s;
  const double change = is_day ? drift.change_per_day : drift.change_seen;
  const std::string when = is_day ? " per 24 h" : " in " + model::FormatDuration(series.usable_s);
  if (series.metric == metric::kErrorRate) return Failed(change) + " of all more" + when;
  return Percent(std::abs(change)) + (change < 0 ? " less" : " more") + when;
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
                                                                    : "their tail"
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

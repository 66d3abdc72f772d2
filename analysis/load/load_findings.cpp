// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/load_findings.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "analysis/load/drift.h"
#include "analysis/load/error_drift.h"
#include "analysis/load/latency_histogram.h"
#include "analysis/stats/false_discovery.h"
#include "analysis/stats/robust.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

constexpr double kFalseDiscoveries = 0.05;
constexpr double kSilent = 0.05;  // of the run, without a window at its end

model::LatencyQuantiles QuantilesOf(const LatencyHistogram& histogram) {
  return {histogram.Quantile(0.5).seconds, histogram.Quantile(0.95).seconds,
          histogram.Quantile(0.99).seconds};
}

model::OperationStanding Measure(const LoadSeries& series) {
  model::OperationStanding standing;
  standing.source = series.source;
  standing.operation = series.operation;
  standing.begin_s = series.begin_s();
  standing.end_s = series.end_s();
  std::vector<model::LatencyBucket> buckets;
  std::vector<double> rates;
  std::vector<double> users;
  double interval_s = 0;
  for (const model::LoadWindow* window : series.windows) {
    standing.requests += window->requests;
    standing.errors += std::min(window->errors, window->requests);
    rates.push_back(window->requests / (window->end_s - window->begin_s));
    if (window->concurrency) users.push_back(*window->concurrency);
    interval_s = std::max(interval_s, window->expected_interval_s);
    buckets.insert(buckets.end(), window->latency.begin(), window->latency.end());
  }
  const double covered_s = series.Covered_s();
  if (covered_s > 0) standing.requests_per_s = standing.requests / covered_s;
  standing.least_per_s = Quantile(rates, 0.1);
  standing.most_per_s = Quantile(rates, 0.9);
  if (!users.empty()) {
    double sum = 0;
    for (const double value : users) sum += value;
    standing.concurrency = sum / static_cast<double>(users.size());
  }
  const LatencyHistogram histogram(std::move(buckets));
  if (histogram.answers() > 0) {
    standing.measured = QuantilesOf(histogram);
    if (interval_s > 0) standing.corrected = QuantilesOf(histogram.CorrectedFor(interval_s));
  }
  return standing;
}

bool IsJudged(const model::SeriesVerdict& series) {
  return !series.is_informational && series.growth_class != GrowthClass::kInsufficientData;
}

// Among many series some rise by chance. All together are few and come first; the operations are
// tested beside each other.
void ControlFalseDiscoveries(std::vector<model::SeriesVerdict>& all) {
  for (const bool is_together : {true, false}) {
    std::vector<double> p_values;
    for (const model::SeriesVerdict& series : all) {
      if (IsJudged(series) && series.drift->operation.empty() == is_together) {
        p_values.push_back(series.drift->p_value);
      }
    }
    const double largest = LargestDiscovery(p_values, kFalseDiscoveries);
    for (model::SeriesVerdict& series : all) {
      if (series.drift->operation.empty() != is_together) continue;
      if (series.growth_class != GrowthClass::kDrift) continue;
      series.is_finding = series.drift->p_value <= largest;
      if (series.is_finding) continue;
      series.growth_class = GrowthClass::kStable;
      series.explanation = "rises no more than one of so many series does by chance";
    }
  }
}

void WarnOf(const LoadSeries& series, double run_s, std::vector<std::string>& warnings) {
  if (!series.operation.empty()) return;
  if (!(series.Requests() > 0)) {
    warnings.push_back("load: " + series.source + " told of no request: nothing of it is judged");
  } else if (run_s - series.end_s() > kSilent * run_s) {
    warnings.push_back("load: " + series.source + " told nothing after " +
                       model::FormatDuration(series.end_s()) + " of " +
                       model::FormatDuration(run_s) + ": judged by the time before");
  }
}

// What it changed, in multiples of what matters.
double Weight(const model::SeriesVerdict& series) {
  const double change = series.drift->change_seen;
  if (series.metric == model::metric::kErrorRate) return change / 0.001;
  for (const DriftMetric& latency : kLatencies) {
    if (series.metric == latency.metric) return change / latency.least_per_day;
  }
  return -change / 0.05;
}

}  // namespace

std::vector<const model::SeriesVerdict*> LoadFindings::Drifting() const {
  std::vector<const model::SeriesVerdict*> drifting;
  for (const model::SeriesVerdict& one : series) {
    if (one.is_finding) drifting.push_back(&one);
  }
  std::stable_sort(drifting.begin(), drifting.end(), [](const auto* a, const auto* b) {
    return std::tuple(!a->drift->operation.empty(), -Weight(*a)) <
           std::tuple(!b->drift->operation.empty(), -Weight(*b));
  });
  return drifting;
}

LoadFindings JudgeLoad(std::span<const LoadSeries> load, double run_s) {
  LoadFindings findings;
  OfferedLoad offered;
  const std::string* source = nullptr;
  for (const LoadSeries& series : load) {
    WarnOf(series, run_s, findings.warnings);
    if (source == nullptr || *source != series.source) {
      offered = series.operation.empty() ? OfferedLoadOf(series) : OfferedLoad{};
      source = &series.source;
    }
    if (!(series.Requests() > 0)) continue;
    findings.operations.push_back(Measure(series));
    for (const DriftMetric& latency : kLatencies) {
      findings.series.push_back(JudgeLatency(series, latency, offered));
    }
    if (series.operation.empty()) findings.series.push_back(JudgeThroughput(series, offered));
    findings.series.push_back(JudgeErrors(series, offered));
  }
  ControlFalseDiscoveries(findings.series);
  return findings;
}

}  // namespace seep::analysis

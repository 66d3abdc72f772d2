// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/load_points.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "analysis/load/latency_histogram.h"
#include "analysis/series/blocks.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

using model::LoadWindow;

constexpr double kHole = 3;          // windows
constexpr double kLong = 2.5;        // usual lengths of a merged window
constexpr double kMostAlike = 1000;  // values of one merged window
constexpr double kOpenShare = 0.1;   // of the merged windows
constexpr double kOneBucket = 0.9;   // of the answers
constexpr double kBuckets = 1.5;     // the next but one: a whole bucket has been passed through
constexpr double kFewestRequests = 100;

struct Merged {
  double begin_s = 0;
  double end_s = 0;
  double value = 0;
  double log_se = 0;
};

// Consecutive windows until `answers` of them are enough; `take` gets each complete group.
void Merge(const LoadSeries& series, const std::function<double(const LoadWindow&)>& answers,
           double enough, const std::function<void(std::span<const LoadWindow* const>)>& take) {
  size_t first = 0;
  double sum = 0;
  for (size_t i = 0; i < series.windows.size(); ++i) {
    const LoadWindow& window = *series.windows[i];
    const bool is_hole = i > first && window.begin_s - series.windows[i - 1]->end_s >
                                          kHole * (window.end_s - window.begin_s);
    if (is_hole) {
      first = i;
      sum = 0;
    }
    sum += answers(window);
    if (sum < enough) continue;
    take(std::span(series.windows).subspan(first, i + 1 - first));
    first = i + 1;
    sum = 0;
  }
}

// `sign` -1: worse is less.
LoadPoints Relative(const std::vector<Merged>& merged, double sign) {
  LoadPoints result;
  result.merged = static_cast<double>(merged.size());
  std::vector<double> values;
  std::vector<double> errors;
  std::vector<double> lengths;
  for (const Merged& one : merged) {
    values.push_back(one.value);
    errors.push_back(one.log_se);
    lengths.push_back(one.end_s - one.begin_s);
  }
  result.middle = Median(values);
  result.log_se = Median(errors);
  const double usual_s = Median(lengths);
  for (const Merged& one : merged) {
    const double length_s = one.end_s - one.begin_s;
    const double pieces =
        length_s > kLong * usual_s ? std::min(std::floor(length_s / usual_s), kMostAlike) : 1;
    const double value = 1 + sign * std::log(one.value / result.middle);
    for (double piece = 0; piece < pieces; ++piece) {
      result.points.push_back({one.begin_s + (piece + 0.5) / pieces * length_s, value});
    }
  }
  return result;
}

std::string TooFew(double answers, double enough) {
  return std::to_string(std::llround(answers)) + " answers, at least " +
         std::to_string(std::llround(enough * kMinPoints)) + " needed";
}

// By so much, in logarithms, the last quarter lies above the first.
double Moved(const std::vector<Merged>& merged) {
  const size_t quarter = merged.size() / 4;
  std::vector<double> first;
  std::vector<double> last;
  for (size_t i = 0; i < quarter; ++i) {
    first.push_back(std::log(merged[i].value));
    last.push_back(std::log(merged[merged.size() - 1 - i].value));
  }
  return Median(last) - Median(first);
}

double Answers(const LoadWindow& window) {
  double answers = 0;
  for (const model::LatencyBucket& bucket : window.latency) {
    if (std::isfinite(bucket.count) && bucket.count > 0) answers += bucket.count;
  }
  return answers;
}

}  // namespace

LoadPoints QuantilePoints(const LoadSeries& series, double quantile, double resolution) {
  const double enough = 100 / (1 - quantile);
  std::vector<Merged> merged;
  double open = 0;
  std::vector<double> coarse;  // widths of buckets that tell too little
  double total = 0;
  for (const LoadWindow* window : series.windows) total += Answers(*window);
  Merge(series, &Answers, enough, [&](std::span<const LoadWindow* const> windows) {
    std::vector<model::LatencyBucket> buckets;
    double interval_s = 0;
    for (const LoadWindow* window : windows) {
      buckets.insert(buckets.end(), window->latency.begin(), window->latency.end());
      interval_s = std::max(interval_s, window->expected_interval_s);
    }
    const LatencyHistogram histogram(std::move(buckets));
    if (!(histogram.answers() > 0)) return;
    const QuantileEstimate value = histogram.CorrectedFor(interval_s).Quantile(quantile);
    open += value.is_open;
    const bool is_coarse = value.bucket_share > kOneBucket && value.bucket_log > resolution;
    if (is_coarse) coarse.push_back(value.bucket_log);
    if (!(value.seconds > 0)) return;
    merged.push_back(
        {windows.front()->begin_s, windows.back()->end_s, value.seconds, value.log_se});
  });
  if (total == 0) return {.shortage = "times to answer are not told"};
  if (merged.size() < kMinPoints) return {.shortage = TooFew(total, enough)};
  LoadPoints result = Relative(merged, 1);
  if (open > kOpenShare * result.merged) {
    result.shortage = "it lies beyond the last bucket of the histogram";
  } else if (static_cast<double>(coarse.size()) > kOpenShare * result.merged) {
    result.bucket_log = Median(coarse);
    if (!(Moved(merged) > kBuckets * result.bucket_log)) {
      result.shortage = "the histogram is too coarse: most answers are in one bucket of it";
    }
  }
  return result;
}

LoadPoints ThroughputPoints(const LoadSeries& series) {
  std::vector<Merged> merged;
  const auto requests = [](const LoadWindow& window) { return window.requests; };
  Merge(series, requests, kFewestRequests, [&](std::span<const LoadWindow* const> windows) {
    double answered = 0;
    double time_s = 0;
    for (const LoadWindow* window : windows) {
      answered += window->requests;
      time_s += window->end_s - window->begin_s;
    }
    merged.push_back({windows.front()->begin_s, windows.back()->end_s, answered / time_s,
                      1 / std::sqrt(answered)});
  });
  if (merged.size() < kMinPoints) return {.shortage = TooFew(series.Requests(), kFewestRequests)};
  return Relative(merged, -1);
}

}  // namespace seep::analysis

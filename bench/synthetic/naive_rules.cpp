// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/naive_rules.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/stats/robust.h"

namespace seep::synthetic {
namespace {

using Points = std::span<const model::Point>;

constexpr double kOneSided5 = 1.645;

double Mean(Points points) {
  double sum = 0;
  for (const model::Point& point : points) sum += point.value;
  return sum / static_cast<double>(points.size());
}

struct Line {
  double slope = 0;  // per second
  double error = 0;  // standard error of the slope, as if the noise were white
  double level = 0;
  double explained = 0;  // r squared
};

Line Fit(Points points) {
  const auto n = static_cast<double>(points.size());
  double mean_t = 0;
  for (const model::Point& point : points) mean_t += point.t_s / n;
  Line line{.level = Mean(points)};
  double tt = 0;
  double ty = 0;
  double yy = 0;
  for (const model::Point& point : points) {
    const double t = point.t_s - mean_t;
    const double y = point.value - line.level;
    tt += t * t;
    ty += t * y;
    yy += y * y;
  }
  line.slope = ty / tt;
  line.error = std::sqrt(std::max(0.0, yy - line.slope * ty) / (n - 2) / tt);
  line.explained = yy > 0 ? ty * ty / tt / yy : 0;
  return line;
}

// The share of the run that 6 hours are of 48, and likewise: short runs are judged by the same
// rules.
Points LastShare(Points points, double share) {
  return points.last(static_cast<size_t>(share * static_cast<double>(points.size())));
}

double Span(Points points) {
  return points.back().t_s - points.front().t_s;
}

// Means of 96 equal parts, as recording rules make them: rank tests of thousands of values are
// slow.
std::vector<double> Means(Points points) {
  constexpr size_t kParts = 96;
  std::vector<double> means;
  for (size_t i = 0; i < kParts; ++i) {
    const size_t from = points.size() * i / kParts;
    const size_t to = points.size() * (i + 1) / kParts;
    if (to > from) means.push_back(Mean(points.subspan(from, to - from)));
  }
  return means;
}

std::vector<double> Ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<double>(i);
  return ranks;
}

double Autocorrelation(const std::vector<double>& values, size_t lag) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i >= lag) products += (values[i] - mean) * (values[i - lag] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

std::vector<double> Detrended(const std::vector<double>& values) {
  std::vector<double> times(values.size());
  std::iota(times.begin(), times.end(), 0.0);
  const double slope = analysis::TheilSenSlope(times, values);
  std::vector<double> rest = values;
  for (size_t i = 0; i < rest.size(); ++i) rest[i] -= slope * times[i];
  return rest;
}

bool LastOverFirst(Points points) {
  const auto hour = std::max<size_t>(1, points.size() / 48);
  return Mean(points.last(hour)) > 1.1 * Mean(points.first(hour));
}

bool SignificantSlope(Points points) {
  const Line line = Fit(points);
  return line.slope > kOneSided5 * line.error;
}

bool SlopeAfterTrim(Points points) {
  const Points rest = LastShare(points, 0.75);
  const Line line = Fit(rest);
  const double day = Span(points) / 2;
  return line.slope > kOneSided5 * line.error && line.slope * day > 0.01 * line.level;
}

bool MannKendall(Points points) {
  return analysis::MannKendallZ(Means(points), 1) > kOneSided5;
}

// Variance corrected by the significant autocorrelations of the ranks (Hamed & Rao 1998).
bool HamedRao(Points points) {
  const std::vector<double> means = Means(points);
  const std::vector<double> ranks = Ranks(Detrended(means));
  const auto n = static_cast<double>(means.size());
  double correction = 1;
  for (size_t lag = 1; lag + 1 < means.size(); ++lag) {
    const double rho = Autocorrelation(ranks, lag);
    if (std::abs(rho) < 1.96 / std::sqrt(n)) continue;
    const double rest = n - static_cast<double>(lag);
    correction += 2 / (n * (n - 1) * (n - 2)) * rest * (rest - 1) * (rest - 2) * rho;
  }
  return analysis::MannKendallZ(means, std::max(correction, 0.1)) > kOneSided5;
}

// Trend-free pre-whitening (Yue et al. 2002).
bool PreWhitened(Points points) {
  const std::vector<double> means = Means(points);
  const std::vector<double> rest = Detrended(means);
  const double rho = Autocorrelation(rest, 1);
  std::vector<double> whitened;
  for (size_t i = 1; i < means.size(); ++i) {
    whitened.push_back(rest[i] - rho * rest[i - 1] + (means[i] - rest[i]));
  }
  return analysis::MannKendallZ(whitened, 1) > kOneSided5;
}

// predict_linear(x[6h], 4 * 86400) above twice the level: a usual alert of Prometheus.
bool PredictLinear(Points points) {
  const Points window = LastShare(points, 6.0 / 48);
  const Line line = Fit(window);
  const double four_days = 2 * Span(points);
  return line.level + line.slope * (Span(window) / 2 + four_days) > 2 * Mean(points);
}

// A slope of 6 hours that explains the values well and is steep.
bool SteepSlope(Points points) {
  const Points window = LastShare(points, 6.0 / 48);
  const Line line = Fit(window);
  return line.explained > 0.8 && line.slope * Span(window) > 0.05 * line.level;
}

}  // namespace

const std::vector<NaiveRule>& NaiveRules() {
  static const std::vector<NaiveRule> rules{
      {"last hour > 1.1 x first", LastOverFirst},
      {"OLS slope, p < .05", SignificantSlope},
      {"OLS after 25 %, > 1 %/day", SlopeAfterTrim},
      {"Mann-Kendall, p < .05", MannKendall},
      {"Mann-Kendall, Hamed-Rao", HamedRao},
      {"Mann-Kendall, TFPW", PreWhitened},
      {"predict_linear 6 h -> 4 d, 2x", PredictLinear},
      {"OLS 6 h, r2 > .8, > 5 %", SteepSlope},
  };
  return rules;
}

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/proportion_trend.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/stats/least_squares.h"

namespace seep::analysis {
namespace {

constexpr int kMostSteps = 50;
constexpr double kConverged = 1e-10;  // of the deviance
constexpr double kFarLogit = 20;      // beyond, the fit runs away: events are separated

double Sum(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// y ln(y / m), 0 for y = 0.
double Term(double observed, double expected) {
  return observed > 0 ? observed * std::log(observed / expected) : 0;
}

double DevianceOf(std::span<const double> events, std::span<const double> trials,
                  const std::vector<double>& fitted) {
  double deviance = 0;
  for (size_t i = 0; i < fitted.size(); ++i) {
    deviance += 2 * (Term(events[i], trials[i] * fitted[i]) +
                     Term(trials[i] - events[i], trials[i] * (1 - fitted[i])));
  }
  return deviance;
}

}  // namespace

ProportionTrend FitLogistic(std::span<const double> x, std::span<const double> events,
                            std::span<const double> trials,
                            const std::vector<std::vector<double>>& beside) {
  ProportionTrend trend;
  const size_t n = x.size();
  const size_t count = beside.size() + 2;
  const double share = Sum(events) / Sum(trials);
  if (n <= count || !(share > 0 && share < 1)) return trend;
  trend.degrees = static_cast<double>(n - count);
  std::vector<std::vector<double>> columns{std::vector<double>(n, 1.0)};
  columns.insert(columns.end(), beside.begin(), beside.end());
  columns.emplace_back(x.begin(), x.end());

  std::vector<double> logit(n, std::log(share / (1 - share)));
  trend.fitted.assign(n, share);
  trend.deviance = DevianceOf(events, trials, trend.fitted);
  double variance_factor = 0;
  for (int step = 0; step < kMostSteps; ++step) {
    std::vector<std::vector<double>> weighted = columns;
    std::vector<double> response(n);
    for (size_t i = 0; i < n; ++i) {
      const double spread = trend.fitted[i] * (1 - trend.fitted[i]);
      const double root = std::sqrt(trials[i] * spread);
      for (std::vector<double>& column : weighted) column[i] *= root;
      response[i] = root * (logit[i] + (events[i] / trials[i] - trend.fitted[i]) / spread);
    }
    const LeastSquaresFit fit = FitLeastSquares(weighted, response);
    if (!fit.is_solvable) return trend;
    for (size_t i = 0; i < n; ++i) {
      logit[i] = 0;
      for (size_t j = 0; j < columns.size(); ++j) logit[i] += fit.coefficients[j] * columns[j][i];
      if (!(std::abs(logit[i]) < kFarLogit)) return trend;
      trend.fitted[i] = 1 / (1 + std::exp(-logit[i]));
    }
    trend.slope = fit.coefficients.back();
    variance_factor = fit.last_variance_factor;
    const double before = trend.deviance;
    trend.deviance = DevianceOf(events, trials, trend.fitted);
    trend.is_solvable = std::abs(before - trend.deviance) <= kConverged * (1 + trend.deviance);
    if (trend.is_solvable) break;
  }
  double squares = 0;
  for (size_t i = 0; i < n; ++i) {
    const double expected = trials[i] * trend.fitted[i];
    trend.pearson.push_back((events[i] - expected) / std::sqrt(expected * (1 - trend.fitted[i])));
    squares += trend.pearson.back() * trend.pearson.back();
  }
  trend.dispersion = std::max(1.0, squares / trend.degrees);
  trend.standard_error = std::sqrt(variance_factor * trend.dispersion);
  return trend;
}

double CochranArmitageZ(std::span<const double> x, std::span<const double> events,
                        std::span<const double> trials, double dispersion) {
  const double all = Sum(trials);
  const double share = Sum(events) / all;
  const double mean = std::inner_product(x.begin(), x.end(), trials.begin(), 0.0) / all;
  double score = 0;
  double squares = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    score += (x[i] - mean) * (events[i] - share * trials[i]);
    squares += trials[i] * (x[i] - mean) * (x[i] - mean);
  }
  const double variance = dispersion * share * (1 - share) * squares;
  return variance > 0 ? score / std::sqrt(variance) : 0;
}

double DispersionOf(std::span<const double> events, std::span<const double> trials) {
  const double share = Sum(events) / Sum(trials);
  double squares = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    const double missed = events[i] - share * trials[i];
    squares += missed * missed / (trials[i] * share * (1 - share));
  }
  const double dispersion = squares / (static_cast<double>(events.size()) - 1);
  return std::isfinite(dispersion) ? std::max(1.0, dispersion) : 1;
}

}  // namespace seep::analysis

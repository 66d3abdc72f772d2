// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/robust.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace seep::analysis {

double Quantile(std::vector<double> values, double probability) {
  if (values.empty()) return 0;
  const double rank = probability * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(std::floor(rank));
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<size_t>(below)];
  const double fraction = rank - static_cast<double>(below);
  if (fraction <= 0) return low;
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + fraction * (high - low);
}

double Median(std::vector<double> values) {
  return Quantile(std::move(values), 0.5);
}

double TheilSenSlope(std::span<const double> x, std::span<const double> y) {
  std::vector<double> slopes;
  slopes.reserve(x.size() * x.size() / 2);
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t j = i + 1; j < x.size(); ++j) {
      if (x[j] > x[i]) slopes.push_back((y[j] - y[i]) / (x[j] - x[i]));
    }
  }
  return Median(std::move(slopes));
}

double MannKendallZ(std::span<const double> y, double variance_inflation) {
  double score = 0;
  std::map<double, double> ties;
  for (size_t i = 0; i < y.size(); ++i) {
    ties[y[i]] += 1;
    for (size_t j = i + 1; j < y.size(); ++j) score += (y[j] > y[i]) - (y[j] < y[i]);
  }
  const auto n = static_cast<double>(y.size());
  double variance = n * (n - 1) * (2 * n + 5);
  for (const auto& [value, t] : ties) variance -= t * (t - 1) * (2 * t + 5);
  variance *= variance_inflation / 18;
  if (variance <= 0 || score == 0) return 0;
  return (score - (score > 0 ? 1 : -1)) / std::sqrt(variance);  // continuity correction
}

double ResidualAutocorrelation(std::span<const double> residuals, int columns) {
  const auto n = static_cast<double>(residuals.size());
  if (residuals.size() < 3) return kMaxPhi;
  double mean = 0;
  for (const double r : residuals) mean += r / n;
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i < residuals.size(); ++i) {
    const double deviation = residuals[i] - mean;
    squares += deviation * deviation;
    if (i > 0) products += deviation * (residuals[i - 1] - mean);
  }
  if (squares <= 0) return 0;
  const double raw = products / squares;
  const double k = std::max(4, 2 * columns);
  return std::clamp(raw + (1 + k * raw) / n, 0.0, kMaxPhi);
}

double VarianceInflation(double phi) {
  return (1 + phi) / (1 - phi);
}

}  // namespace seep::analysis

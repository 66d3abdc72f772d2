// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/noise_models.h"

#include <algorithm>
#include <cmath>

namespace seep::analysis {
namespace {

// Correlation times as shares of the run; 0: white noise alone.
constexpr double kTimes[] = {0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.3, 4};
constexpr double kCoarseTimes[] = {0.02, 0.08, 0.32, 4};
// White noise as a share of the variance that the process has within the run.
constexpr double kWhites[] = {0, 0.1, 0.4, 1.6};
constexpr double kCoarseWhites[] = {0, 0.4};

// Covariances of the process, scaled so that its variance within the run is 1: a slow one moves
// little in that time.
std::vector<double> Covariance(std::span<const double> x, double correlation_time, double white) {
  const size_t n = x.size();
  std::vector<double> covariance(n * n, 0.0);
  double within = 1;
  if (correlation_time > 0) {
    double sum = 0;
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) {
        covariance[i * n + j] = std::exp(-std::abs(x[i] - x[j]) / correlation_time);
        sum += 1 - covariance[i * n + j];
      }
    }
    within = sum / static_cast<double>(n * (n - 1));
    for (double& entry : covariance) entry /= within;
  }
  constexpr double kJitter = 1e-9;  // keeps the slowest process positive definite in doubles
  for (size_t i = 0; i < n; ++i) {
    covariance[i * n + i] += correlation_time > 0 ? white + kJitter / within : 1;
  }
  return covariance;
}

// In place: the lower triangle becomes L of A = L L'. A is positive definite.
void Cholesky(std::vector<double>& a, size_t n) {
  for (size_t j = 0; j < n; ++j) {
    for (size_t k = 0; k < j; ++k) {
      for (size_t i = j; i < n; ++i) a[i * n + j] -= a[i * n + k] * a[j * n + k];
    }
    const double root = std::sqrt(std::max(a[j * n + j], 1e-300));
    for (size_t i = j; i < n; ++i) a[i * n + j] /= root;
  }
}

// Of a lower triangle.
std::vector<double> Invert(const std::vector<double>& lower, size_t n) {
  std::vector<double> inverse(n * n, 0.0);
  for (size_t column = 0; column < n; ++column) {
    inverse[column * n + column] = 1 / lower[column * n + column];
    for (size_t row = column + 1; row < n; ++row) {
      double sum = 0;
      for (size_t k = column; k < row; ++k) sum += lower[row * n + k] * inverse[k * n + column];
      inverse[row * n + column] = -sum / lower[row * n + row];
    }
  }
  return inverse;
}

}  // namespace

NoiseModels::NoiseModels(std::span<const double> x, bool is_coarse) : rows_(x.size()) {
  Add(x, 0, 1);
  const std::span<const double> times = is_coarse ? std::span<const double>(kCoarseTimes) : kTimes;
  const std::span<const double> whites =
      is_coarse ? std::span<const double>(kCoarseWhites) : kWhites;
  for (const double time : times) {
    for (const double white : whites) Add(x, time, white);
  }
}

void NoiseModels::Add(std::span<const double> x, double correlation_time, double white) {
  std::vector<double> lower = Covariance(x, correlation_time, white);
  Cholesky(lower, rows_);
  Model model;
  model.inverse = Invert(lower, rows_);
  for (size_t i = 0; i < rows_; ++i) model.log_determinant += 2 * std::log(lower[i * rows_ + i]);
  for (const double entry : model.inverse) model.white_share += entry * entry;
  model.white_share /= static_cast<double>(rows_);
  models_.push_back(std::move(model));
}

double NoiseModels::log_prior(size_t k) const {
  return k == 0 ? 0 : -std::log(static_cast<double>(models_.size() - 1));
}

std::vector<double> NoiseModels::Whiten(size_t k, std::span<const double> values) const {
  std::vector<double> whitened(rows_, 0.0);
  const double* row = models_[k].inverse.data();
  for (size_t i = 0; i < rows_; ++i, row += rows_) {
    double sum = 0;
    for (size_t j = 0; j <= i; ++j) sum += row[j] * values[j];
    whitened[i] = sum;
  }
  return whitened;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/least_squares.h"

#include <cmath>
#include <numeric>

namespace seep::analysis {
namespace {

// A column whose part that is new is smaller than this share of it says nothing new.
constexpr double kCollinear = 1e-7;

double Dot(std::span<const double> a, std::span<const double> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

LeastSquaresFit FitLeastSquares(const std::vector<std::vector<double>>& columns,
                                std::span<const double> y) {
  const size_t k = columns.size();
  LeastSquaresFit fit;
  if (k == 0 || y.size() < k) return fit;
  std::vector<std::vector<double>> basis = columns;
  std::vector<std::vector<double>> upper(k, std::vector<double>(k, 0.0));
  std::vector<double> projection(k, 0.0);
  fit.residuals.assign(y.begin(), y.end());
  for (size_t j = 0; j < k; ++j) {
    const double before = std::sqrt(Dot(basis[j], basis[j]));
    for (size_t i = 0; i < j; ++i) {
      upper[i][j] = Dot(basis[i], basis[j]);
      for (size_t row = 0; row < y.size(); ++row) basis[j][row] -= upper[i][j] * basis[i][row];
    }
    const double norm = std::sqrt(Dot(basis[j], basis[j]));
    if (!(norm > kCollinear * before)) return fit;
    upper[j][j] = norm;
    fit.log_information += 2 * std::log(norm);
    for (double& value : basis[j]) value /= norm;
    projection[j] = Dot(basis[j], fit.residuals);
    for (size_t row = 0; row < y.size(); ++row) fit.residuals[row] -= projection[j] * basis[j][row];
  }
  fit.coefficients.assign(k, 0.0);
  for (size_t j = k; j-- > 0;) {
    double rest = projection[j];
    for (size_t i = j + 1; i < k; ++i) rest -= upper[j][i] * fit.coefficients[i];
    fit.coefficients[j] = rest / upper[j][j];
  }
  fit.residual_squares = Dot(fit.residuals, fit.residuals);
  fit.last_variance_factor = 1 / (upper[k - 1][k - 1] * upper[k - 1][k - 1]);
  fit.is_solvable = true;
  return fit;
}

double OlsSlope(std::span<const double> x, std::span<const double> y) {
  const auto n = static_cast<double>(x.size());
  if (x.size() < 2) return 0;
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  double products = 0;
  double squares = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    products += (x[i] - mean_x) * y[i];
    squares += (x[i] - mean_x) * (x[i] - mean_x);
  }
  return squares > 0 ? products / squares : 0;
}

}  // namespace seep::analysis

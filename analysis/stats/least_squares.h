// SPDX-License-Identifier: Apache-2.0
// Ordinary least squares with a handful of columns, by modified Gram-Schmidt.
#pragma once

#include <span>
#include <vector>

namespace seep::analysis {

struct LeastSquaresFit {
  bool is_solvable = false;          // false: a column is a combination of those before it
  std::vector<double> coefficients;  // in the order of the columns
  std::vector<double> residuals;
  double residual_squares = 0;      // sum
  double last_variance_factor = 0;  // [(X'X)^-1] of the last column: times sigma^2 = variance
  double log_information = 0;       // ln det X'X
};

// y ~ columns; pass the column of interest last. The constant is a column like any other.
LeastSquaresFit FitLeastSquares(const std::vector<std::vector<double>>& columns,
                                std::span<const double> y);

// Slope of y over x with an intercept. Linear in y: slopes of parts add up to that of their sum.
double OlsSlope(std::span<const double> x, std::span<const double> y);

}  // namespace seep::analysis

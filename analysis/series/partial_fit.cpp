// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/partial_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

namespace seep::analysis {
namespace {

constexpr double kCollinear = 1e-6;

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void Remove(std::span<const std::vector<double>> basis, std::vector<double>& column) {
  for (const std::vector<double>& unit : basis) {
    const double projection = Dot(unit, column);
    for (size_t i = 0; i < column.size(); ++i) column[i] -= projection * unit[i];
  }
}

}  // namespace

PartialFit::PartialFit(std::vector<double> y, double log_determinant, double least_squares)
    : residual_(std::move(y)),
      log_determinant_(log_determinant),
      squares_(Dot(residual_, residual_)),
      least_(least_squares) {}

Columns PartialFit::NewPart(Columns columns) const {
  for (size_t j = 0; j < columns.size(); ++j) {
    const double before = std::sqrt(Dot(columns[j], columns[j]));
    Remove(basis_, columns[j]);
    Remove(std::span(columns).first(j), columns[j]);
    const double norm = std::sqrt(Dot(columns[j], columns[j]));
    if (!(norm > kCollinear * before)) return {};
    for (double& value : columns[j]) value /= norm;
  }
  return columns;
}

bool PartialFit::IsUpward(const std::vector<double>& new_column) const {
  return Dot(new_column, residual_) > 0;
}

double PartialFit::SquaresWith(const Columns& new_part) const {
  double squares = squares_;
  for (const std::vector<double>& column : new_part) {
    const double projection = Dot(column, residual_);
    squares -= projection * projection;
  }
  return squares;
}

void PartialFit::Take(const Columns& new_part) {
  for (const std::vector<double>& column : new_part) {
    const double projection = Dot(column, residual_);
    for (size_t i = 0; i < residual_.size(); ++i) residual_[i] -= projection * column[i];
    basis_.push_back(column);
  }
  squares_ = Dot(residual_, residual_);
}

double PartialFit::Criterion(double squares) const {
  return static_cast<double>(residual_.size()) * std::log(std::max(squares, least_)) +
         log_determinant_;
}

}  // namespace seep::analysis

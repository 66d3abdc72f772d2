// SPDX-License-Identifier: Apache-2.0
// A least-squares fit that grows column by column: a candidate costs one projection.
#pragma once

#include <vector>

#include "analysis/series/slope_posterior.h"

namespace seep::analysis {

// Under one noise model: y and all columns are whitened by it. Kept as an orthonormal basis.
class PartialFit {
 public:
  // `least_squares`: residual sums below this are the resolution of y, no better fit.
  PartialFit(std::vector<double> y, double log_determinant, double least_squares);

  // The part of the columns that is new here; empty when there is none.
  Columns NewPart(Columns columns) const;
  // Is the effect of a new column above 0? (NewPart keeps its direction.)
  bool IsUpward(const std::vector<double>& new_column) const;
  // The residual sum of squares with these as well.
  double SquaresWith(const Columns& new_part) const;
  void Take(const Columns& new_part);

  // -2 ln likelihood with sigma at its best, up to a constant.
  double Criterion(double squares) const;
  double squares() const { return squares_; }

 private:
  Columns basis_;
  std::vector<double> residual_;
  double log_determinant_;
  double squares_;
  double least_;
};

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// One reduced series taken apart: a line, the shapes beside it, load, noise.
#pragma once

#include <span>
#include <vector>

#include "analysis/series/choose_shapes.h"
#include "analysis/series/slope_posterior.h"

namespace seep::analysis {

struct LineFit {
  SlopePosterior slope;          // per run: x is a share of it; over all shapes that may be right
  ChosenShapes shapes;           // those that fit best
  std::vector<double> effects;   // their coefficients, one a column
  std::vector<double> adjusted;  // y without shapes and covariates: the line and noise

  // Where the growth begins, as a share of the run: later than 0 when the series bends upwards.
  double Since() const;
};

// `covariates`: columns that may explain y instead of time (load). `quantum`: resolution of y.
// `day`: 24 h as a share of the run.
LineFit FitLine(std::span<const double> x, const std::vector<double>& y, const Columns& covariates,
                double quantum, double day);

// The line through `fit`'s series when its steps are growth, not events beside it.
LineFit FitThroughSteps(std::span<const double> x, const std::vector<double>& y,
                        const Columns& covariates, double quantum, const LineFit& fit);

}  // namespace seep::analysis

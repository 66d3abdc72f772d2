// SPDX-License-Identifier: Apache-2.0
// Does a share rise with time, when all that is known are counts: so many of so many?
#pragma once

#include <span>
#include <vector>

namespace seep::analysis {

struct ProportionTrend {
  bool is_solvable = false;     // false: no events, nothing but events, or they are separated in x
  double slope = 0;             // of the log odds, per unit of x
  double standard_error = 0;    // allows for the dispersion
  double degrees = 0;           // of freedom: blocks less columns
  double dispersion = 1;        // Pearson's chi squared over the degrees, at least 1
  double deviance = 0;          // without the dispersion
  std::vector<double> fitted;   // share of each block
  std::vector<double> pearson;  // residuals
};

// Logistic regression of `events` of `trials` (0 <= events <= trials, trials > 0) on a constant,
// `beside` (columns that may explain the share instead) and `x`, by iteratively reweighted least
// squares (McCullagh & Nelder 1989, 4.4). Counts scatter more than binomial ones, as what fails,
// fails in clumps: the variance is `dispersion` times theirs (quasi-binomial, 4.5), the test a t.
ProportionTrend FitLogistic(std::span<const double> x, std::span<const double> events,
                            std::span<const double> trials,
                            const std::vector<std::vector<double>>& beside = {});

// Trend in proportions as a normal deviate (Cochran 1954, Armitage 1955), over the root of
// `dispersion` (>= 1): the score test of the same model, which needs no fit and hence holds where
// events are rare or all on one side. 0 without events.
double CochranArmitageZ(std::span<const double> x, std::span<const double> events,
                        std::span<const double> trials, double dispersion = 1);

// Pearson's chi squared of a constant share over its degrees of freedom, at least 1.
double DispersionOf(std::span<const double> events, std::span<const double> trials);

}  // namespace seep::analysis

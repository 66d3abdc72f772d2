// SPDX-License-Identifier: Apache-2.0
// Order statistics and rank statistics that a few wild values cannot move.
// Pure functions; values must be finite.
#pragma once

#include <span>
#include <vector>

namespace seep::analysis {

// Linear interpolation between order statistics (Hyndman & Fan 1996, type 7). 0 when empty.
double Quantile(std::vector<double> values, double probability);
double Median(std::vector<double> values);

// Median of the slopes of all pairs (Theil 1950, Sen 1968). 0 with fewer than two distinct x.
double TheilSenSlope(std::span<const double> x, std::span<const double> y);

// Mann-Kendall trend statistic as a normal deviate: variance corrected for ties (Kendall 1975)
// and multiplied by `variance_inflation` (>= 1) for autocorrelation. 0 when all values tie.
double MannKendallZ(std::span<const double> y, double variance_inflation);

// Lag-1 autocorrelation of regression residuals, corrected for its downward bias: phi + (1 + k
// phi) / n with k = max(4, 2 * columns) (analysis.md 2.2.5; Kendall 1954), clipped to [0, kMaxPhi].
inline constexpr double kMaxPhi = 0.97;
double ResidualAutocorrelation(std::span<const double> residuals, int columns);

// How many times larger the variance of a mean or slope is under AR(1): (1 + phi) / (1 - phi).
double VarianceInflation(double phi);

}  // namespace seep::analysis

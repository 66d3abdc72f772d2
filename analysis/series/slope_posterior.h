// SPDX-License-Identifier: Apache-2.0
// The slope of a series and how sure it is, over all noise models at once.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "analysis/series/noise_models.h"

namespace seep::analysis {

using Columns = std::vector<std::vector<double>>;

// A mixture of Student t distributions, one a noise model. With flat priors on the coefficients and
// on log sigma, the slope under one model is t around its generalised least squares estimate with
// n - columns degrees of freedom, and the model's weight is its restricted likelihood (Harville
// 1974; the mixture is Bayesian model averaging, Hoeting et al. 1999).
class SlopePosterior {
 public:
  struct Part {
    double weight = 0;
    double centre = 0;
    double scale = 0;
    double degrees = 1;
  };

  SlopePosterior() = default;  // not solvable
  explicit SlopePosterior(std::vector<Part> parts) : parts_(std::move(parts)) {}
  // Slope of `y` on the last of `columns`, jointly with the others. `quantum`: resolution of y.
  SlopePosterior(const NoiseModels& models, const Columns& columns, std::span<const double> y,
                 double quantum);

  // One distribution out of several, for instance of several shapes that fit nearly alike.
  static SlopePosterior Mix(const std::vector<SlopePosterior>& posteriors,
                            const std::vector<double>& weights);

  bool is_solvable() const { return !parts_.empty(); }
  double mean() const;
  // P(slope > value).
  double UpperTail(double value) const;
  // The value that the slope stays below with this probability.
  double Quantile(double probability) const;
  // A slope at random, of two independent numbers between 0 and 1, exclusive.
  double Draw(double which, double where) const;
  // All coefficients and residuals under the most likely model.
  const std::vector<double>& coefficients() const { return coefficients_; }
  // Half the width of the central 68 %: comparable with a standard error.
  double Spread() const { return (Quantile(0.84134) - Quantile(0.15866)) / 2; }

 private:
  void Prune();  // parts without weight

  std::vector<Part> parts_;
  std::vector<double> coefficients_;
};

}  // namespace seep::analysis

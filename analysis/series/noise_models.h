// SPDX-License-Identifier: Apache-2.0
// The autocorrelated noise that a series may have, as a list of covariance models to be weighed
// against each other by the data: an Ornstein-Uhlenbeck process (AR(1) in continuous time, so that
// gaps do not matter) of a correlation time from nothing to several times the run, beside white
// noise of several sizes. One estimated phi is too sure of itself: with a few dozen blocks a
// trend and a slow wander are told apart only in part, and the interval must say so.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace seep::analysis {

class NoiseModels {
 public:
  // For values at `x`, ascending, as shares of the run. `is_coarse`: fewer models, to choose by.
  NoiseModels(std::span<const double> x, bool is_coarse);

  size_t size() const { return models_.size(); }
  size_t rows() const { return rows_; }

  // L^-1 v, where L L' is the covariance of model k: what is left has white noise of one variance.
  std::vector<double> Whiten(size_t k, std::span<const double> values) const;

  // White noise is as likely as all others together.
  double log_prior(size_t k) const;
  double log_determinant(size_t k) const { return models_[k].log_determinant; }
  // The white noise that a measured quantum leaves, in the units of whitened values.
  double white_share(size_t k) const { return models_[k].white_share; }

 private:
  struct Model {
    std::vector<double> inverse;  // of the Cholesky factor: lower triangle, row by row
    double log_determinant = 0;
    double white_share = 0;
  };
  void Add(std::span<const double> x, double correlation_time, double white);

  size_t rows_;
  std::vector<Model> models_;
};

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/slope_posterior.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/stats/distributions.h"
#include "analysis/stats/least_squares.h"

namespace seep::analysis {

SlopePosterior::SlopePosterior(const NoiseModels& models, const Columns& columns,
                               std::span<const double> y, double quantum) {
  const auto n = static_cast<double>(y.size());
  const double degrees = std::max(1.0, n - static_cast<double>(columns.size()));
  std::vector<double> log_weights;
  double highest = -std::numeric_limits<double>::infinity();
  for (size_t k = 0; k < models.size(); ++k) {
    Columns whitened;
    for (const std::vector<double>& column : columns) whitened.push_back(models.Whiten(k, column));
    const LeastSquaresFit fit = FitLeastSquares(whitened, models.Whiten(k, y));
    if (!fit.is_solvable) continue;
    // A quantity cannot be known better than its resolution.
    const double least = degrees * quantum * quantum / 12 * models.white_share(k);
    const double squares = std::max({fit.residual_squares, least, 1e-280});
    parts_.push_back({0, fit.coefficients.back(),
                      std::sqrt(squares / degrees * fit.last_variance_factor), degrees});
    log_weights.push_back(
        -0.5 * (degrees * std::log(squares) + models.log_determinant(k) + fit.log_information) +
        models.log_prior(k));
    if (log_weights.back() > highest) {
      highest = log_weights.back();
      coefficients_ = fit.coefficients;
    }
  }
  double sum = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    sum += parts_[i].weight = std::exp(log_weights[i] - highest);
  }
  for (Part& part : parts_) part.weight /= sum;
  Prune();
}

void SlopePosterior::Prune() {
  constexpr double kLeastWeight = 1e-5;
  std::erase_if(parts_, [](const Part& part) { return part.weight < kLeastWeight; });
  double sum = 0;  // probabilities near 1 are asked for
  for (const Part& part : parts_) sum += part.weight;
  for (Part& part : parts_) part.weight /= sum;
}

SlopePosterior SlopePosterior::Mix(const std::vector<SlopePosterior>& posteriors,
                                   const std::vector<double>& weights) {
  SlopePosterior mixed;
  double highest = 0;
  for (size_t i = 0; i < posteriors.size(); ++i) {
    for (Part part : posteriors[i].parts_) {
      part.weight *= weights[i];
      mixed.parts_.push_back(part);
    }
    if (weights[i] > highest) {
      highest = weights[i];
      mixed.coefficients_ = posteriors[i].coefficients_;
    }
  }
  mixed.Prune();
  return mixed;
}

double SlopePosterior::mean() const {
  double mean = 0;
  for (const Part& part : parts_) mean += part.weight * part.centre;
  return mean;
}

double SlopePosterior::UpperTail(double value) const {
  double tail = 0;
  for (const Part& part : parts_) {
    tail += part.weight * StudentTUpperTail((value - part.centre) / part.scale, part.degrees);
  }
  return tail;
}

double SlopePosterior::Draw(double which, double where) const {
  const Part* drawn = &parts_.front();
  for (const Part& part : parts_) {
    drawn = &part;
    if ((which -= part.weight) < 0) break;
  }
  return drawn->centre + drawn->scale * StudentTQuantile(where, drawn->degrees);
}

double SlopePosterior::Quantile(double probability) const {
  double low = 0;
  double high = 0;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const double reach =
        StudentTQuantile(1 - std::min(probability, 1 - probability) / 2, parts_[i].degrees);
    const double from = parts_[i].centre - 2 * reach * parts_[i].scale;
    const double to = parts_[i].centre + 2 * reach * parts_[i].scale;
    low = i == 0 ? from : std::min(low, from);
    high = i == 0 ? to : std::max(high, to);
  }
  const double precision = 1e-6 * (high - low);
  while (high - low > precision) {
    const double middle = low + (high - low) / 2;
    (1 - UpperTail(middle) < probability ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace seep::analysis

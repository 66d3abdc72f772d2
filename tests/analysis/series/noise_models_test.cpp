// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/noise_models.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace seep::analysis;

namespace {

std::vector<double> Times(size_t n) {
  std::vector<double> x;
  for (size_t i = 0; i < n; ++i) x.push_back(static_cast<double>(i) / static_cast<double>(n - 1));
  return x;
}

}  // namespace

TEST_CASE("the first noise model is white: whitening changes nothing") {
  const std::vector<double> x = Times(12);
  const NoiseModels models(x, /*is_coarse=*/false);
  const std::vector<double> values{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
  CHECK(models.Whiten(0, values) == values);
  CHECK(models.log_determinant(0) == 0);
  CHECK(models.white_share(0) == Approx(1));
}

TEST_CASE("whitened noise of a model has variance 1 and no correlation") {
  // L^-1 C L^-T = 1, with C rebuilt from the columns of L^-1: here by its action on unit vectors.
  const std::vector<double> x = Times(8);
  const NoiseModels models(x, /*is_coarse=*/true);
  REQUIRE(models.size() == 9);
  for (size_t k = 0; k < models.size(); ++k) {
    // det(L^-1)^2 = 1 / det C, and L^-1 is lower triangular: its diagonal gives the determinant.
    double log_diagonal = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      std::vector<double> unit(x.size(), 0.0);
      unit[i] = 1;
      const std::vector<double> column = models.Whiten(k, unit);
      for (size_t row = 0; row < i; ++row) CHECK(column[row] == 0);
      log_diagonal += std::log(column[i]);
    }
    CHECK(-2 * log_diagonal == Approx(models.log_determinant(k)).margin(1e-9));
  }
}

TEST_CASE("a slow wander is whitened into its small steps") {
  // Nearly a random walk: what is left of a constant is little but at the start.
  const std::vector<double> x = Times(20);
  const NoiseModels models(x, /*is_coarse=*/false);
  const size_t slowest = models.size() - 4;  // the longest correlation time, no white noise
  const std::vector<double> left = models.Whiten(slowest, std::vector<double>(20, 1.0));
  for (size_t i = 1; i < left.size(); ++i) CHECK(std::abs(left[i]) < 0.1 * std::abs(left[0]));
}

TEST_CASE("white noise is as likely beforehand as all else together") {
  const NoiseModels models(Times(10), /*is_coarse=*/false);
  double others = 0;
  for (size_t k = 1; k < models.size(); ++k) others += std::exp(models.log_prior(k));
  CHECK(std::exp(models.log_prior(0)) == Approx(others));
}

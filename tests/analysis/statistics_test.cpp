// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/stats/distributions.h"
#include "analysis/stats/false_discovery.h"
#include "analysis/stats/least_squares.h"
#include "analysis/stats/robust.h"

using namespace seep::analysis;

TEST_CASE("Student t quantiles are those of the tables") {
  CHECK(StudentTQuantile(0.975, 3) == Approx(3.18245).epsilon(1e-5));
  CHECK(StudentTQuantile(0.975, 10) == Approx(2.22814).epsilon(1e-5));
  CHECK(StudentTQuantile(0.95, 1e6) == Approx(1.64485).epsilon(1e-4));
  CHECK(StudentTUpperTail(2.22814, 10) == Approx(0.025).epsilon(1e-4));
  CHECK(StudentTUpperTail(0, 5) == Approx(0.5));
  CHECK(std::isnan(StudentTQuantile(0.9, -1)));
}

TEST_CASE("the fair coin test is exact") {
  CHECK(BinomialUpperTail(0, 0, 0.5) == 1);
  CHECK(BinomialUpperTail(0, 9, 0.5) == 1);
  CHECK(BinomialUpperTail(3, 3, 0.5) == Approx(1.0 / 8));
  CHECK(BinomialUpperTail(2, 3, 0.5) == Approx(4.0 / 8));
  CHECK(BinomialUpperTail(18, 18, 0.5) == Approx(std::exp2(-18)));
  CHECK(BinomialUpperTail(4, 3, 0.5) == 0);
}

TEST_CASE("quantiles interpolate between order statistics") {
  CHECK(Quantile({}, 0.5) == 0);
  CHECK(Median({7}) == 7);
  CHECK(Median({4, 1, 3, 2}) == 2.5);
  CHECK(Quantile({0, 10, 20, 30, 40}, 0.1) == Approx(4));
  CHECK(Quantile({0, 10, 20, 30, 40}, 1) == 40);
}

TEST_CASE("the Theil-Sen slope ignores a wild value") {
  const std::vector<double> x{0, 1, 2, 3, 4, 5, 6};
  const std::vector<double> y{1, 3, 5, 700, 9, 11, 13};
  CHECK(TheilSenSlope(x, y) == Approx(2));
  CHECK(TheilSenSlope(std::vector<double>{1}, std::vector<double>{1}) == 0);
}

TEST_CASE("Mann-Kendall counts ordered pairs") {
  // S = 10, Var = 5 * 4 * 15 / 18.
  const std::vector<double> rising{1, 2, 3, 4, 5};
  CHECK(MannKendallZ(rising, 1) == Approx(9 / std::sqrt(300.0 / 18)));
  CHECK(MannKendallZ(rising, 4) == Approx(4.5 / std::sqrt(300.0 / 18)));
  CHECK(MannKendallZ(std::vector<double>(8, 3.0), 1) == 0);
}

TEST_CASE("autocorrelated residuals inflate the variance") {
  CHECK(VarianceInflation(0) == 1);
  CHECK(VarianceInflation(0.5) == Approx(3));
  std::vector<double> alternating;
  std::vector<double> blocks;
  for (int i = 0; i < 40; ++i) {
    alternating.push_back(i % 2 == 0 ? 1 : -1);
    blocks.push_back(i / 10 % 2 == 0 ? 1 : -1);
  }
  CHECK(ResidualAutocorrelation(alternating, 2) == 0);
  CHECK(ResidualAutocorrelation(blocks, 2) > 0.8);
  CHECK(ResidualAutocorrelation(std::vector<double>(10, 0.0), 2) == 0);
}

TEST_CASE("least squares recovers what the data were made of") {
  std::vector<double> one;
  std::vector<double> step;
  std::vector<double> time;
  std::vector<double> y;
  for (int i = 0; i < 20; ++i) {
    one.push_back(1);
    step.push_back(i >= 9 ? 1 : 0);
    time.push_back(i);
    y.push_back(5 + 30 * step.back() + 0.25 * i);
  }
  const LeastSquaresFit fit = FitLeastSquares({one, step, time}, y);
  REQUIRE(fit.is_solvable);
  CHECK(fit.coefficients[0] == Approx(5));
  CHECK(fit.coefficients[1] == Approx(30));
  CHECK(fit.coefficients[2] == Approx(0.25));
  CHECK(fit.residual_squares == Approx(0).margin(1e-18));
  // Var(slope) = sigma^2 / sum (t - mean)^2 for a plain line.
  CHECK(FitLeastSquares({one, time}, y).last_variance_factor == Approx(1 / 665.0));
  CHECK_FALSE(FitLeastSquares({one, time, time}, y).is_solvable);
}

TEST_CASE("the binomial tail with another chance than one half") {
  CHECK(BinomialUpperTail(2, 2, 0.25) == Approx(1.0 / 16));
  CHECK(BinomialUpperTail(1, 2, 0.25) == Approx(7.0 / 16));
}

TEST_CASE("the lower bound of a share is exact") {
  CHECK(ShareLowerBound(10, 10, 0.95) == Approx(std::pow(0.05, 0.1)));
  CHECK(ShareLowerBound(0, 10, 0.95) == 0);
  CHECK(ShareLowerBound(0, 0, 0.95) == 0);
}

TEST_CASE("discoveries among ten tests, by hand") {
  // Rank 4 is the last one below its line: .018 <= 4 * .05 / 10; rank 3 is above its own.
  const std::vector<double> p_values{0.9, 0.001, 0.018, 0.016, 0.5, 0.008, 0.3, 0.7, 0.2, 0.6};
  CHECK(LargestDiscovery(p_values, 0.05) == 0.018);
  CHECK(LargestDiscovery({0.03, 0.04}, 0.05) == 0.04);
  CHECK(LargestDiscovery({0.2, 0.06}, 0.05) < 0);
  CHECK(LargestDiscovery({}, 0.05) < 0);
}

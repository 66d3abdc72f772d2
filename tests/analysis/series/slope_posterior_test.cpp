// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/slope_posterior.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "bench/synthetic/series_case.h"

using namespace seep::analysis;
using seep::synthetic::Normal;
using seep::synthetic::Rng;

namespace {

constexpr size_t kBlocks = 48;

std::vector<double> Times() {
  std::vector<double> x;
  for (size_t i = 0; i < kBlocks; ++i) x.push_back((static_cast<double>(i) + 0.5) / kBlocks);
  return x;
}

SlopePosterior Fit(const std::vector<double>& y) {
  const std::vector<double> x = Times();
  return {NoiseModels(x, false), {std::vector<double>(kBlocks, 1.0), x}, y, 1e-9};
}

// AR(1) of variance 1 with a slope.
std::vector<double> Noisy(Rng& rng, double phi, double slope) {
  std::vector<double> y;
  double noise = Normal(rng);
  for (const double x : Times()) {
    y.push_back(slope * x + noise);
    noise = phi * noise + std::sqrt(1 - phi * phi) * Normal(rng);
  }
  return y;
}

}  // namespace

TEST_CASE("a straight line is known exactly") {
  std::vector<double> y = Times();
  for (double& value : y) value = 5 + 3 * value;
  const SlopePosterior slope = Fit(y);
  REQUIRE(slope.is_solvable());
  CHECK(slope.mean() == Approx(3));
  CHECK(slope.Quantile(0.025) == Approx(3).margin(1e-6));
  CHECK(slope.UpperTail(0) == Approx(1));
  CHECK(slope.coefficients()[0] == Approx(5));
}

TEST_CASE("tail and quantile are each other's inverse") {
  Rng rng(1);
  const SlopePosterior slope = Fit(Noisy(rng, 0.5, 1));
  for (const double p : {0.005, 0.2, 0.5, 0.9, 0.9995}) {
    CHECK(1 - slope.UpperTail(slope.Quantile(p)) == Approx(p).margin(1e-4));
  }
}

TEST_CASE("the interval holds the truth, whatever the autocorrelation") {
  for (const double phi : {0.0, 0.6, 0.9, 0.98}) {
    Rng rng(static_cast<uint64_t>(1000 * phi) + 1);
    int covered = 0;
    int alarms = 0;
    constexpr int kRuns = 200;
    for (int i = 0; i < kRuns; ++i) {
      const SlopePosterior slope = Fit(Noisy(rng, phi, 2));
      covered += slope.Quantile(0.025) <= 2 && 2 <= slope.Quantile(0.975);
      alarms += slope.UpperTail(2) > 0.995;
    }
    INFO("phi " << phi << ": " << covered << " covered, " << alarms << " above");
    // Near a unit root 48 values cannot tell all of it.
    CHECK(covered >= kRuns * (phi > 0.95 ? 85 : 90) / 100);
    CHECK(alarms <= kRuns * 3 / 100);
  }
}

TEST_CASE("a mixture lies between its parts") {
  Rng rng(2);
  const SlopePosterior low = Fit(Noisy(rng, 0, 0));
  const SlopePosterior high = Fit(Noisy(rng, 0, 40));
  const SlopePosterior mixed = SlopePosterior::Mix({low, high}, {0.25, 0.75});
  CHECK(mixed.mean() == Approx(0.25 * low.mean() + 0.75 * high.mean()));
  CHECK(mixed.UpperTail(20) == Approx(0.75).margin(1e-3));
  CHECK(mixed.coefficients() == high.coefficients());
}

TEST_CASE("columns that say the same are not solvable") {
  const std::vector<double> x = Times();
  const SlopePosterior slope(NoiseModels(x, false), {x, x}, x, 0);
  CHECK_FALSE(slope.is_solvable());
}

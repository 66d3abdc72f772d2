// SPDX-License-Identifier: Apache-2.0
// Which shapes are found beside a line, and that noise is not taken for any.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <numbers>

#include "analysis/series/line_fit.h"
#include "bench/synthetic/series_case.h"

using namespace seep::analysis;
using seep::synthetic::Normal;
using seep::synthetic::Rng;

namespace {

constexpr size_t kBlocks = 48;

LineFit Fit(const std::function<double(double)>& shape, double noise = 0.01, uint64_t seed = 1) {
  Rng rng(seed);
  std::vector<double> x;
  std::vector<double> y;
  for (size_t i = 0; i < kBlocks; ++i) {
    x.push_back((static_cast<double>(i) + 0.5) / kBlocks);
    y.push_back(shape(x.back()) + noise * Normal(rng));
  }
  return FitLine(x, y, {}, 0, 0);
}

}  // namespace

TEST_CASE("a line alone has no shapes beside it") {
  const LineFit fit = Fit([](double x) { return 1 + 2 * x; });
  CHECK(fit.shapes.shapes.empty());
  CHECK(fit.slope.mean() == Approx(2).margin(0.02));
  CHECK(fit.Since() == 0);
}

TEST_CASE("a step is found where it is, and its height is not slope") {
  const LineFit fit = Fit([](double x) { return 1 + (x > 0.4); });
  REQUIRE(fit.shapes.Count(ShapeKind::kStep) == 1);
  CHECK(fit.shapes.Find(ShapeKind::kStep)->at == Approx(0.4).margin(1.0 / kBlocks));
  CHECK(fit.effects[0] == Approx(1).margin(0.05));
  CHECK(std::abs(fit.slope.mean()) < 0.05);
}

TEST_CASE("a warm-up saturates, a filling cache bends, and neither leaves a slope") {
  for (const auto& shape :
       {std::function<double(double)>([](double x) { return 1 - std::exp(-x / 0.2); }),
        {[](double x) { return std::log1p(x / 0.03) / 4; }},
        {[](double x) { return std::min(x / 0.45, 1.0); }}}) {
    const LineFit fit = Fit(shape);
    CHECK(fit.shapes.Count(ShapeKind::kSaturation) + fit.shapes.Count(ShapeKind::kBend) >= 1);
    CHECK(fit.slope.UpperTail(0) < 0.995);
  }
}

TEST_CASE("two warm-ups are told from one curve, and neither curve of a pair falls") {
  // The best single curve lies between the two. (Interval of the line: docs/analysis.md, "too
  // narrow".)
  const LineFit fit =
      Fit([](double x) { return 2 - std::exp(-x / 0.03) - std::exp(-x / 0.3) + 0.5 * x; }, 0.002);
  REQUIRE(fit.shapes.Count(ShapeKind::kSaturation) == 2);
  CHECK(fit.effects[0] > 0);
  CHECK(fit.effects[1] > 0);
}

TEST_CASE("a leak that begins late is dated") {
  const LineFit fit = Fit([](double x) { return 1 + std::max(0.0, x - 0.5); });
  CHECK(fit.Since() == Approx(0.5).margin(0.051));
  CHECK(fit.slope.mean() == Approx(1).margin(0.1));
}

TEST_CASE("what rises ever faster has the slope of its last quarter") {
  const LineFit fit = Fit([](double x) { return 1 + (x + x * x) / 2; });
  REQUIRE(fit.shapes.shapes.size() == 1);
  CHECK(fit.shapes.Find(ShapeKind::kAcceleration) != nullptr);
  CHECK(fit.slope.mean() == Approx(1.375).margin(0.1));
  CHECK(fit.slope.UpperTail(0) > 0.9999);
  // What slows down is another shape.
  const LineFit slows = Fit([](double x) { return 1 + (3 * x - x * x) / 2; });
  CHECK(slows.shapes.Find(ShapeKind::kAcceleration) == nullptr);
}

TEST_CASE("a late rise is an event beside the line before it") {
  const LineFit fit = Fit([](double x) { return 1 + x + 20 * std::max(0.0, x - 0.85); });
  CHECK(fit.shapes.Find(ShapeKind::kLateRise) != nullptr);
  CHECK(fit.slope.mean() == Approx(1).margin(0.1));
  CHECK(fit.Since() == 0);
  const LineFit flat = Fit([](double x) { return 1 + 20 * std::max(0.0, x - 0.85); });
  CHECK(flat.slope.UpperTail(0) < 0.985);
}

TEST_CASE("a cycle is taken off, one wild block too") {
  const LineFit cycle =
      Fit([](double x) { return 1 + x + std::sin(2 * std::numbers::pi * 3 * x); });
  CHECK(cycle.shapes.Count(ShapeKind::kCycle) == 1);
  CHECK(cycle.slope.mean() == Approx(1).margin(0.05));
  const LineFit wild = Fit([](double x) { return 1 + x + (std::abs(x - 0.7) < 0.01 ? 5 : 0); });
  CHECK(wild.shapes.Count(ShapeKind::kImpulse) == 1);
  CHECK(wild.slope.mean() == Approx(1).margin(0.05));
}

TEST_CASE("white noise is rarely taken for a shape") {
  int shapes = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    shapes += !Fit([](double) { return 1.0; }, 0.01, seed).shapes.shapes.empty();
  }
  CHECK(shapes <= 5);
}

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/trend.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::BytesLimits;
using analysis::CountsLimits;
using analysis::EstimateTrend;
using analysis::Trend;
using model::GrowthClass;

namespace {

Points Exact(double duration_s, double tick_s, const std::function<double(double t_s)>& value) {
  Points points;
  for (double t = 0; t <= duration_s; t += tick_s) points.push_back({t, value(t)});
  return points;
}

}  // namespace

TEST_CASE("a straight line is growth at its slope") {
  const Trend trend = EstimateTrend(Exact(120, 1, [](double t) { return 50 * kMiB + 100e3 * t; }),
                                    {0, 120}, BytesLimits());
  CHECK(trend.growth_class == GrowthClass::kGrowth);
  CHECK(trend.slope_per_s == Approx(100e3).epsilon(1e-6));
  CHECK(trend.ci_low_per_s > 99e3);
  CHECK(trend.warmup_end_s == 10);
  CHECK(trend.usable_s == 110);
  CHECK(trend.since_s == 10);
  CHECK(trend.rise == Approx(11e6).epsilon(1e-6));
  CHECK(trend.end_level == Approx(50 * kMiB + 12e6).epsilon(0.01));
  CHECK(trend.p_value < 1e-6);
}

TEST_CASE("a constant is stable, and so are all zeros") {
  for (const double level : {0.0, 1e9}) {
    const Trend trend =
        EstimateTrend(Exact(120, 1, [&](double) { return level; }), {0, 120}, BytesLimits());
    CHECK(trend.growth_class == GrowthClass::kStable);
    CHECK(std::abs(trend.slope_per_s) < 1e-3);
    CHECK(trend.level == level);
  }
}

TEST_CASE("a fall is declining") {
  const Trend trend = EstimateTrend(Exact(120, 1, [](double t) { return 500 * kMiB - kMiB * t; }),
                                    {0, 120}, BytesLimits());
  CHECK(trend.growth_class == GrowthClass::kDeclining);
}

TEST_CASE("what rose and stopped is not growth, and is told apart") {
  const auto step = [](double t) { return t < 300 ? 50 * kMiB : 80 * kMiB; };
  const auto fill = [](double t) { return 50 * kMiB + 30 * kMiB * std::min(t / 350, 1.0); };
  const auto saturation = [](double t) { return 80 * kMiB - 30 * kMiB * std::exp(-t / 80); };
  const auto judge = [](const std::function<double(double)>& shape) {
    return EstimateTrend(Exact(600, 2, shape), {0, 600}, BytesLimits());
  };
  CHECK(judge(step).growth_class == GrowthClass::kStep);
  CHECK(judge(fill).growth_class == GrowthClass::kWarmUp);
  CHECK(judge(fill).warmup_end_s == Approx(350).margin(20));
  CHECK(judge(saturation).growth_class == GrowthClass::kWarmUp);
}

TEST_CASE("a step on top of a leak does not hide the leak") {
  Rng rng(7);
  const auto shape = [](double x) {
    return 100 * kMiB + 20 * kMiB * x + (x > 0.6 ? 30 * kMiB : 0);
  };
  const Points points = Measure(rng, {600, 2, 0, 0}, shape, 0.2 * kMiB, 0.3);
  const Trend trend = EstimateTrend(points, {0, 600}, BytesLimits());
  CHECK(trend.growth_class == GrowthClass::kGrowth);
  CHECK(trend.slope_per_s == Approx(20 * kMiB / 600).epsilon(0.1));
}

TEST_CASE("a leak in regular portions is growth, not a handful of steps") {
  const auto stairs = [](double t) { return 100 * kMiB + 4 * kMiB * std::floor(t / 50); };
  const Trend trend = EstimateTrend(Exact(600, 2, stairs), {0, 600}, BytesLimits());
  CHECK(trend.growth_class == GrowthClass::kGrowth);
}

TEST_CASE("growth below what matters is stable") {
  const Trend trend = EstimateTrend(Exact(120, 1, [](double t) { return 500 * kMiB + 20e3 * t; }),
                                    {0, 120}, BytesLimits());
  CHECK(trend.growth_class == GrowthClass::kStable);
}

TEST_CASE("file descriptors: one every ten seconds is growth, two in all are not") {
  const Trend leak = EstimateTrend(Exact(120, 1, [](double t) { return 20 + std::floor(t / 10); }),
                                   {0, 120}, CountsLimits());
  CHECK(leak.growth_class == GrowthClass::kGrowth);
  const Trend two = EstimateTrend(Exact(120, 1, [](double t) { return 20 + std::floor(t / 50); }),
                                  {0, 120}, CountsLimits());
  CHECK(two.growth_class != GrowthClass::kGrowth);
}

TEST_CASE("too little data is never a pass") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto flat = [](double) { return 1e6; };
  const auto judge = [](const Points& points, double end_s) {
    const Trend trend = EstimateTrend(points, {0, end_s}, BytesLimits());
    CHECK_FALSE(trend.explanation.empty());
    return trend.growth_class;
  };
  CHECK(judge({}, 120) == GrowthClass::kInsufficientData);
  CHECK(judge({}, 0) == GrowthClass::kInsufficientData);
  CHECK(judge({{60, 1e6}}, 120) == GrowthClass::kInsufficientData);
  CHECK(judge(Exact(10, 0.1, flat), 10) == GrowthClass::kInsufficientData);
  CHECK(judge(Exact(39, 0.1, flat), 39) == GrowthClass::kInsufficientData);
  CHECK(judge(Exact(120, 12, flat), 120) == GrowthClass::kInsufficientData);  // 10 points
  CHECK(judge(Exact(120, 1, [&](double) { return nan; }), 120) == GrowthClass::kInsufficientData);
  CHECK(judge(Exact(120, 1, flat), nan) == GrowthClass::kInsufficientData);
  CHECK(judge(Exact(120, 1, flat), std::numeric_limits<double>::infinity()) ==
        GrowthClass::kInsufficientData);
  // The measurement ended half-way, or has a hole.
  CHECK(judge(Exact(80, 1, flat), 120) == GrowthClass::kInsufficientData);
  Points holed = Exact(120, 1, flat);
  std::erase_if(holed, [](const model::Point& point) { return point.t_s > 50 && point.t_s < 75; });
  CHECK(judge(holed, 120) == GrowthClass::kInsufficientData);
  // Times that run backwards are not data.
  Points reversed = Exact(120, 1, flat);
  for (model::Point& point : reversed) point.t_s = 120 - point.t_s;
  CHECK(judge(reversed, 120) == GrowthClass::kInsufficientData);
}

TEST_CASE("forty seconds and a few missing ticks are enough") {
  Rng rng(1);
  const Points points = Measure(
      rng, {40, 0.25, 0.3, 0.1}, [](double) { return 1e8; }, 1e5, 0.3);
  CHECK(EstimateTrend(points, {0, 40}, BytesLimits()).growth_class == GrowthClass::kStable);
}

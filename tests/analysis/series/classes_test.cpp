// SPDX-License-Identifier: Apache-2.0
// Every class of the table in docs/analysis.md, from a clear case of it.
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "analysis/series/trend.h"
#include "bench/synthetic/series_case.h"

using namespace seep;
using analysis::Trend;
using model::GrowthClass;

namespace {

constexpr double kMiB = 1024.0 * 1024;
constexpr double kHour_s = 3600;
constexpr double kDays_s = 48 * kHour_s;

using Value = std::function<double(double hour)>;

std::vector<model::Point> Points(const Value& value, double noise) {
  synthetic::Rng rng(11);
  std::vector<model::Point> points;
  for (double t_s = 0; t_s <= kDays_s; t_s += 60) {
    points.push_back({t_s, value(t_s / kHour_s) + noise * synthetic::Normal(rng)});
  }
  return points;
}

Trend Judge(const Value& value, const Value& load = nullptr) {
  return EstimateTrend(Points(value, 0.2 * kMiB), {0, kDays_s}, analysis::BytesLimits(),
                       load ? Points(load, 0.5) : std::vector<model::Point>{});
}

}  // namespace

TEST_CASE("classes: stable, growth, declining") {
  CHECK(Judge([](double) { return 100 * kMiB; }).growth_class == GrowthClass::kStable);
  const Trend leak = Judge([](double hour) { return 100 * kMiB + hour * kMiB; });
  CHECK(leak.growth_class == GrowthClass::kGrowth);
  CHECK(leak.slope_per_s * kHour_s == Approx(kMiB).epsilon(0.05));
  CHECK(Judge([](double hour) { return 100 * kMiB - hour * kMiB; }).growth_class ==
        GrowthClass::kDeclining);
}

TEST_CASE("classes: a leak that begins late says since when") {
  const Trend late =
      Judge([](double hour) { return 100 * kMiB + std::max(0.0, hour - 20) * kMiB; });
  CHECK(late.growth_class == GrowthClass::kGrowth);
  CHECK(late.since_s / kHour_s == Approx(20).margin(2.5));
  CHECK(late.rise == Approx(28 * kMiB).epsilon(0.1));
}

TEST_CASE("classes: warm-up ends when it says") {
  const Trend warm = Judge([](double hour) { return (150 - 50 * std::exp(-hour / 3)) * kMiB; });
  CHECK(warm.growth_class == GrowthClass::kWarmUp);
  CHECK(warm.warmup_end_s / kHour_s == Approx(3 * std::log(50 / 1.5)).margin(3));
}

TEST_CASE("classes: step, staircase") {
  CHECK(Judge([](double hour) { return (hour < 30 ? 100 : 140) * kMiB; }).growth_class ==
        GrowthClass::kStep);
  const Trend stairs = Judge([](double hour) { return (100 + 10 * std::floor(hour / 8)) * kMiB; });
  CHECK(model::IsGrowth(stairs.growth_class));
  // The steps are the growth.
  CHECK(stairs.slope_per_s * kHour_s == Approx(10.0 / 8 * kMiB).epsilon(0.15));
  CHECK(stairs.ci_low_per_s > 0);
  CHECK(stairs.rise == Approx(60 * kMiB).epsilon(0.15));
  // Few, of all sizes, at any time: not a job that leaks.
  CHECK_FALSE(model::IsGrowth(Judge([](double hour) {
                                return (100 + (hour > 3) * 30 + (hour > 5) * 2 + (hour > 26) * 9) *
                                       kMiB;
                              }).growth_class));
}

TEST_CASE("classes: a sawtooth is periodic and returns") {
  const Trend saw = Judge([](double hour) { return (100 + 40 * std::fmod(hour / 2, 1.0)) * kMiB; });
  CHECK(saw.growth_class == GrowthClass::kPeriodic);
  CHECK(saw.period_s == Approx(2 * kHour_s).margin(600));
}

TEST_CASE("classes: a load that is constant to the last block hides neither a leak nor a level") {
  // As a load tool tells it that asks 60 times a second and ends a little before the run.
  const auto load = Points([](double hour) { return hour < 47.9 ? 60.0 : 0.0; }, 0);
  const auto judge = [&](const Value& value) {
    return EstimateTrend(Points(value, 0.2 * kMiB), {0, kDays_s}, analysis::BytesLimits(), load)
        .growth_class;
  };
  CHECK(judge([](double hour) { return (60 + hour) * kMiB; }) == GrowthClass::kGrowth);
  CHECK(judge([](double) { return 60 * kMiB; }) == GrowthClass::kStable);
}

TEST_CASE("classes: what follows a growing load is no leak, and a leak shows under it") {
  const Value load = [](double hour) { return 1000 + 40 * hour; };
  const Value follows = [&](double hour) { return (60 + load(hour) / 25) * kMiB; };
  CHECK(model::IsGrowth(Judge(follows).growth_class));
  CHECK(Judge(follows, load).growth_class != GrowthClass::kGrowth);
  const Value day = [](double hour) { return 1000 + 400 * std::sin(hour / 24 * 6.2831853); };
  const Value leaks = [&](double hour) { return (60 + day(hour) / 25 + hour) * kMiB; };
  CHECK(Judge(leaks, day).growth_class == GrowthClass::kGrowth);
}

TEST_CASE("classes: peaks that grow over a flat middle are told") {
  const Trend peaks = Judge([](double hour) {
    const bool is_peak = std::fmod(hour, 1.0) < 0.08;
    return (100 + (is_peak ? 5 + hour : 0)) * kMiB;
  });
  CHECK_FALSE(model::IsGrowth(peaks.growth_class));
  CHECK(peaks.is_peak_growth);
}

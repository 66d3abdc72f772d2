// SPDX-License-Identifier: Apache-2.0
#include "analysis/memory/forecast.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/analysis/synthetic.h"

using namespace seep;
using synthetic::kMiB;

namespace {

// 100 MiB in the hour that was seen, without any scatter.
analysis::Trend Growing(double standard_error = 0.1 * kMiB) {
  analysis::Trend trend;
  trend.growth_class = model::GrowthClass::kGrowth;
  trend.slope = analysis::SlopePosterior({{1, 100 * kMiB, standard_error, 40}});
  trend.end_level = 200 * kMiB;
  trend.usable_s = 3600;
  trend.residuals.assign(48, 0);
  trend.peaks_above_line.assign(48, 0);
  return trend;
}

model::Run Limited(double limit_bytes) {
  model::Run run;
  run.limit_bytes = static_cast<uint64_t>(limit_bytes);
  run.limit_source = "cgroup memory.max";
  return run;
}

}  // namespace

TEST_CASE("headroom over slope is the time to the limit") {
  const auto forecast = analysis::ForecastLimit(Limited(500 * kMiB), Growing());
  REQUIRE(forecast);
  CHECK(forecast->hours == Approx(3).epsilon(0.001));
  CHECK(forecast->low == Approx(3).epsilon(0.01));
  CHECK(forecast->high == Approx(3).epsilon(0.01));
  CHECK(forecast->low < forecast->high);
  CHECK(forecast->limit_source == "cgroup memory.max");
  CHECK_FALSE(forecast->is_beyond_horizon);
}

TEST_CASE("the interval is that of the slope") {
  const auto forecast = analysis::ForecastLimit(Limited(500 * kMiB), Growing(20 * kMiB));
  REQUIRE(forecast);
  const double reach = 1.25 * 1.684 * 20;  // widened; t of 40 degrees, 95 %
  CHECK(forecast->low == Approx(300 / (100 + reach)).epsilon(0.05));
  CHECK(forecast->high == Approx(300 / (100 - reach)).epsilon(0.05));
}

TEST_CASE("peaks reach the limit before the line does") {
  analysis::Trend trend = Growing();
  for (size_t i = 0; i < trend.peaks_above_line.size(); i += 4) {
    trend.peaks_above_line[i] = 50 * kMiB;
  }
  const auto forecast = analysis::ForecastLimit(Limited(500 * kMiB), trend);
  CHECK(forecast->hours == Approx(2.5).epsilon(0.05));
}

TEST_CASE("a far limit is marked, a passed one is now, an unsure slope has no upper bound") {
  CHECK(analysis::ForecastLimit(Limited(5000 * kMiB), Growing())->is_beyond_horizon);
  CHECK(analysis::ForecastLimit(Limited(100 * kMiB), Growing())->hours == 0);
  const auto unsure = analysis::ForecastLimit(Limited(500 * kMiB), Growing(100 * kMiB));
  CHECK(std::isinf(unsure->high));
  CHECK(std::isfinite(unsure->low));
}

TEST_CASE("the same forecast every time") {
  const auto one = analysis::ForecastLimit(Limited(500 * kMiB), Growing(20 * kMiB));
  const auto other = analysis::ForecastLimit(Limited(500 * kMiB), Growing(20 * kMiB));
  CHECK(one->hours == other->hours);
  CHECK(one->low == other->low);
  CHECK(one->high == other->high);
}

TEST_CASE("no limit or no growth, no forecast") {
  CHECK_FALSE(analysis::ForecastLimit(Limited(0), Growing()));
  analysis::Trend stable = Growing();
  stable.growth_class = model::GrowthClass::kStable;
  CHECK_FALSE(analysis::ForecastLimit(Limited(500 * kMiB), stable));
}

// SPDX-License-Identifier: Apache-2.0
#include "analysis/forecast.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "synthetic.h"

using namespace seep;
using synthetic::kMiB;

namespace {

analysis::Trend Growing() {
  analysis::Trend trend;
  trend.growth_class = model::GrowthClass::kGrowth;
  trend.slope_per_s = 100 * kMiB / 3600;
  trend.ci_low_per_s = 50 * kMiB / 3600;
  trend.ci_high_per_s = 150 * kMiB / 3600;
  trend.end_level = 200 * kMiB;
  trend.usable_s = 3600;
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
  CHECK(forecast->hours == Approx(3));
  CHECK(forecast->low == Approx(300 / (100 + 50 * 1.645 / 1.96)));
  CHECK(forecast->high == Approx(300 / (100 - 50 * 1.645 / 1.96)));
  CHECK(forecast->limit_source == "cgroup memory.max");
  CHECK_FALSE(forecast->is_beyond_horizon);
}

TEST_CASE("a far limit is marked, a passed one is now, an unsure slope has no upper bound") {
  CHECK(analysis::ForecastLimit(Limited(5000 * kMiB), Growing())->is_beyond_horizon);
  CHECK(analysis::ForecastLimit(Limited(100 * kMiB), Growing())->hours == 0);
  analysis::Trend unsure = Growing();
  unsure.ci_low_per_s = -unsure.slope_per_s;
  CHECK(std::isinf(analysis::ForecastLimit(Limited(500 * kMiB), unsure)->high));
}

TEST_CASE("no limit or no growth, no forecast") {
  CHECK_FALSE(analysis::ForecastLimit(Limited(0), Growing()));
  analysis::Trend stable = Growing();
  stable.growth_class = model::GrowthClass::kStable;
  CHECK_FALSE(analysis::ForecastLimit(Limited(500 * kMiB), stable));
}

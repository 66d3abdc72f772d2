// SPDX-License-Identifier: Apache-2.0
#include "analysis/forecast.h"

#include <algorithm>
#include <limits>

namespace seep::analysis {
namespace {

// A 90 % interval from the half width of a 95 % one (normal quantiles; for a t with few degrees of
// freedom this is slightly wide).
constexpr double k90From95 = 1.645 / 1.96;

}  // namespace

std::optional<model::Forecast> ForecastLimit(const model::Run& run, const Trend& memory) {
  if (run.limit_bytes == 0 || memory.growth_class != model::GrowthClass::kGrowth) return {};
  const double headroom = std::max(0.0, static_cast<double>(run.limit_bytes) - memory.end_level);
  const double slope = 3600 * memory.slope_per_s;
  const double slope_low = slope - 3600 * k90From95 * (memory.slope_per_s - memory.ci_low_per_s);
  const double slope_high = slope + 3600 * k90From95 * (memory.ci_high_per_s - memory.slope_per_s);
  model::Forecast forecast;
  forecast.limit_bytes = run.limit_bytes;
  forecast.limit_source = run.limit_source;
  forecast.hours = headroom / slope;
  forecast.low = headroom / slope_high;
  forecast.high = slope_low > 0 ? headroom / slope_low : std::numeric_limits<double>::infinity();
  forecast.is_beyond_horizon = forecast.hours * 3600 > kHorizonFactor * memory.usable_s;
  return forecast;
}

}  // namespace seep::analysis

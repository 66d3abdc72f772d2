// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/look.h"

#include <algorithm>
#include <cmath>

#include "analysis/series/line_fit.h"
#include "analysis/series/load_columns.h"
#include "analysis/stats/robust.h"
#include "analysis/streaming/time_uniform.h"

namespace seep::analysis {
namespace {

constexpr double kAlpha = 0.01;
constexpr double kMidpoint = 0.5;  // of the duration: where the bound is tightest
// A warm-up must be allowed for, whether the data ask for it or not: the slope is to stand beside
// any of these (time constants as shares of the time so far).
constexpr double kForcedTimes[] = {0.05, 0.1, 0.2, 0.4};
// 5 % of the level, or 10 MiB: whichever is less.
constexpr double kSureShare = 0.05;
constexpr double kSureRise = 20;  // times the least rise that matters

std::vector<model::Point> Until(const std::vector<model::Point>& points, double t_s) {
  const auto end =
      std::upper_bound(points.begin(), points.end(), t_s,
                       [](double t, const model::Point& point) { return t < point.t_s; });
  return {points.begin(), end};
}

double MedianOf(std::vector<model::Point>::const_iterator from, size_t count) {
  std::vector<double> values;
  for (size_t i = 0; i < count; ++i) values.push_back((from + static_cast<long>(i))->value);
  return Median(std::move(values));
}

// Most series do not rise at all: no need to ask how.
bool MayGrow(const std::vector<model::Point>& points, const TrendLimits& limits) {
  constexpr double kClearlyLess = 0.25;
  const size_t third = points.size() / 3;
  if (third < 2) return false;
  const double first = MedianOf(points.begin(), third);
  const double last = MedianOf(points.end() - static_cast<long>(third), third);
  const double least = std::max(limits.least_rise, limits.least_rise_share * std::abs(first));
  return last - first > kClearlyLess * least;
}

// Does the lower envelope rise beyond doubt, beside every warm-up?
bool IsCertain(const std::vector<model::Point>& points, const Window& window, double period_s,
               const TrendLimits& limits, const std::vector<model::Point>& load,
               double probability) {
  constexpr double kDay_s = 24 * 3600;
  const Blocks blocks = MakeBlocks(points, window, period_s);
  const Columns load_columns = LoadColumns(load, blocks);
  return std::all_of(std::begin(kForcedTimes), std::end(kForcedTimes), [&](double time) {
    Columns beside = load_columns;
    std::vector<double>& saturation = beside.emplace_back();
    for (const double x : blocks.x) saturation.push_back(1 - std::exp(-x / time));
    const LineFit fit =
        FitLine(blocks.x, blocks.lower, beside, limits.quantum, kDay_s / blocks.usable_s());
    return fit.slope.is_solvable() && fit.slope.UpperTail(0) > probability;
  });
}

}  // namespace

Look LookAt(const StreamPlan& plan, double t_s, double begin_s,
            const std::vector<model::Point>& points, const TrendLimits& limits,
            const std::vector<model::Point>& load) {
  Look look{.t_s = t_s};
  const std::vector<model::Point> early = Until(points, t_s);
  if (load.empty() && !MayGrow(early, limits)) return look;
  const Window window{begin_s, t_s};
  const Trend trend = EstimateTrend(early, window, limits, load);
  look.grows = model::IsGrowth(trend.growth_class);
  const double sure_rise =
      std::min(kSureShare * std::abs(trend.level), kSureRise * limits.least_rise);
  if (!look.grows || trend.rise < sure_rise) return look;
  // The information on a slope grows with the cube of the time.
  const double information = std::pow(t_s / (kMidpoint * plan.duration_s), 3);
  look.is_certain = IsCertain(early, window, trend.period_s, limits, load,
                              NormalProbability(TimeUniformDeviate(information, kAlpha)));
  return look;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "analysis/series/classify.h"
#include "analysis/series/load_columns.h"
#include "analysis/series/period.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

constexpr double kDay_s = 24 * 3600;
constexpr double kPowerDeviate = 1.28;  // 90 % power (analysis.md 2.8)

// Slope of the blocks from `from` to `to` (shares of the run) over the slope of all.
double ShareOfSlope(const Blocks& blocks, const LineFit& fit, double from, double to) {
  const auto n = static_cast<double>(blocks.x.size());
  const auto first = static_cast<size_t>(std::floor(from * n));
  const auto count = static_cast<size_t>(std::ceil(to * n)) - first;
  const double part = TheilSenSlope(std::span(blocks.x).subspan(first, count),
                                    std::span(fit.adjusted).subspan(first, count));
  const double slope = fit.slope.mean();
  return slope != 0 ? part / slope : 0;
}

// Where what saturates has less than 1 % of the level left to rise (analysis.md 2.1.3).
double WarmupEndOf(const Blocks& blocks, const LineFit& fit) {
  size_t column = 0;
  for (const Shape& shape : fit.shapes.shapes) {
    const std::vector<double>& values = shape.columns.front();
    const double effect = fit.effects[column];
    column += shape.columns.size();
    const bool is_curve =
        shape.kind == ShapeKind::kSaturation || (shape.kind == ShapeKind::kBend && effect > 0);
    if (!is_curve) continue;
    for (size_t i = 0; i < values.size(); ++i) {
      if (std::abs(effect) * (values.back() - values[i]) < 0.01 * std::abs(blocks.level)) {
        return blocks.time_s[i];
      }
    }
  }
  return blocks.usable_begin_s;
}

// Of the last blocks, carried on to the end of the window.
double EndLevel(const Blocks& blocks, const SlopePosterior& slope) {
  constexpr size_t kLastBlocks = 3;
  const size_t n = blocks.x.size();
  return Median({blocks.median.end() - kLastBlocks, blocks.median.end()}) +
         slope.mean() * (1 - blocks.x[n - 1 - kLastBlocks / 2]);
}

// How the series scatters around the line: blocks, and the largest value of each of many slices.
void AddScatter(const std::vector<model::Point>& points, const Blocks& blocks, const LineFit& fit,
                Trend& trend) {
  constexpr size_t kMostSlices = 480;
  const size_t n = blocks.x.size();
  trend.residuals.clear();
  for (size_t i = 0; i < n; ++i) {
    trend.residuals.push_back(fit.adjusted[i] - fit.slope.mean() * blocks.x[i]);
  }
  const double begin = Median(trend.residuals);
  for (double& residual : trend.residuals) residual -= begin;

  const size_t slices = std::clamp(blocks.points / 2, n, kMostSlices);
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  trend.peaks_above_line.assign(slices, kNone);
  size_t block = 0;
  for (const model::Point& point : points) {
    if (point.t_s < blocks.usable_begin_s || point.t_s > blocks.usable_end_s) continue;
    if (!std::isfinite(point.value)) continue;
    while (block + 1 < n && point.t_s > (blocks.time_s[block] + blocks.time_s[block + 1]) / 2) {
      ++block;
    }
    // Within its block the line has no steps or curves.
    const double above_median =
        point.value - blocks.median[block] - trend.slope_per_s * (point.t_s - blocks.time_s[block]);
    const double share = (point.t_s - blocks.usable_begin_s) / blocks.usable_s();
    double& peak = trend.peaks_above_line[std::min(
        static_cast<size_t>(share * static_cast<double>(slices)), slices - 1)];
    peak = std::max(peak, trend.residuals[block] + above_median);
  }
  std::erase(trend.peaks_above_line, kNone);
  trend.peak_above_line = std::max(0.0, Quantile(trend.peaks_above_line, 0.99));
}

// The line of `fit`, and how the series scatters around it.
void Describe(const std::vector<model::Point>& points, const Blocks& blocks, const LineFit& fit,
              Trend& trend) {
  const SlopePosterior& slope = fit.slope;
  const double since = fit.Since();
  trend.slope_per_s = slope.mean() / trend.usable_s;
  trend.ci_low_per_s = slope.Quantile(0.025) / trend.usable_s;
  trend.ci_high_per_s = slope.Quantile(0.975) / trend.usable_s;
  trend.p_value = std::max(0.0, 1 - slope.UpperTail(0));
  trend.since_s = blocks.usable_begin_s + since * trend.usable_s;
  trend.rise = slope.mean() * (1 - since);
  trend.warmup_end_s = WarmupEndOf(blocks, fit);
  trend.early_share = ShareOfSlope(blocks, fit, 0, 0.5);
  trend.late_share = ShareOfSlope(blocks, fit, 0.5, 1);
  trend.last_share = ShareOfSlope(blocks, fit, 0.75, 1);
  trend.end_level = EndLevel(blocks, slope);
  trend.slope = slope;
  AddScatter(points, blocks, fit, trend);
}

}  // namespace

TrendLimits BytesLimits() {
  return {512.0 * 1024, 0.02, 4096};
}

TrendLimits MappingLimits() {
  return {20, 0.05, 1};
}

TrendLimits CountsLimits() {
  return {3, 0.05, 1};
}

Trend EstimateTrend(const std::vector<model::Point>& points, const Window& window,
                    const TrendLimits& limits, const std::vector<model::Point>& load) {
  const double period_s = FindPeriod(points, window);
  const Blocks blocks = MakeBlocks(points, window, period_s);
  return TrendOfBlocks(blocks, points, LoadColumns(load, blocks), limits, period_s);
}

Trend TrendOfBlocks(const Blocks& blocks, const std::vector<model::Point>& points,
                    const Columns& covariates, const TrendLimits& limits, double period_s) {
  Trend trend;
  trend.period_s = period_s;
  trend.warmup_end_s = trend.since_s = blocks.usable_begin_s;
  trend.usable_s = blocks.usable_s();
  trend.points = blocks.points;
  trend.level = blocks.level;
  if (!blocks.shortage.empty()) {
    trend.explanation = blocks.shortage;
    return trend;
  }
  const double day = kDay_s / trend.usable_s;
  SeriesFits fits{.blocks = blocks, .has_load = !covariates.empty()};
  fits.median = FitLine(blocks.x, blocks.median, covariates, limits.quantum, day);
  fits.lower = FitLine(blocks.x, blocks.lower, covariates, limits.quantum, day);
  if (!fits.median.slope.is_solvable() || !fits.lower.slope.is_solvable()) {
    trend.explanation = "points too unevenly spread";
    return trend;
  }
  Describe(points, blocks, fits.median, trend);

  const double least_rise =
      std::max(limits.least_rise, limits.least_rise_share * std::abs(blocks.level));
  const double reach = fits.lower.slope.Quantile(kStrictProbability) - fits.lower.slope.mean() +
                       kPowerDeviate * fits.lower.slope.Spread();
  trend.detectable_per_s = std::max(reach, least_rise) / trend.usable_s;
  Classify(fits, limits, least_rise, trend);
  if (trend.growth_class == model::GrowthClass::kStaircase) {
    Describe(points, blocks,
             FitThroughSteps(blocks.x, blocks.median, covariates, limits.quantum, fits.median),
             trend);
  }
  return trend;
}

}  // namespace seep::analysis

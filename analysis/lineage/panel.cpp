// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage/panel.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <span>

#include "analysis/series/noise_models.h"
#include "analysis/stats/distributions.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kStartUp_s = 10;       // as of one series: not judged
constexpr double kStartUpShare = 0.02;  // of the life
constexpr double kMostStartUp = 0.25;   // of a short life
constexpr double kLeastLife_s = 15;     // that is judged, after it
constexpr double kLeastShare = 0.5;     // of the judged age: a shorter life does not count
constexpr size_t kPointsPerBlock = 2;   // of each life
constexpr size_t kMostBlocks = 32;
constexpr double kLargestPooledP = 0.02;  // each life is one observation
constexpr double kRisingShare = 2.0 / 3;  // of the lives

// Ages that are judged: [begin_s, end_s). At least half of the lives, and three, reach the end.
Window JudgedAges(const std::vector<LifeSeries>& lives) {
  if (lives.size() < kFewestLives) return {};
  std::vector<double> lengths;
  for (const LifeSeries& life : lives) lengths.push_back(life.length_s);
  std::ranges::sort(lengths, std::greater());
  const double end_s = lengths[std::max(kFewestLives, (lengths.size() + 1) / 2) - 1];
  return {std::min(std::max(kStartUp_s, kStartUpShare * end_s), kMostStartUp * end_s), end_s};
}

bool Counts(const LifeSeries& life, const Window& ages) {
  return life.length_s >= ages.begin_s + kLeastShare * (ages.end_s - ages.begin_s);
}

// One life cut into the blocks of all; NaN: without points, or beyond its end.
struct LifeBlocks {
  std::vector<double> median;
  std::vector<double> lower;
  std::vector<double> upper;
};
LifeBlocks Cut(const LifeSeries& life, const Window& ages, size_t count) {
  std::vector<std::vector<double>> values(count);
  const double length_s = (ages.end_s - ages.begin_s) / static_cast<double>(count);
  for (const model::Point& point : life.points) {
    if (point.t_s < ages.begin_s || point.t_s > ages.end_s || !std::isfinite(point.value)) continue;
    const auto block = static_cast<size_t>((point.t_s - ages.begin_s) / length_s);
    values[std::min(block, count - 1)].push_back(point.value);
  }
  LifeBlocks blocks{std::vector<double>(count, kNone), std::vector<double>(count, kNone),
                    std::vector<double>(count, kNone)};
  for (size_t i = 0; i < count; ++i) {
    const double end_s = ages.begin_s + length_s * static_cast<double>(i + 1);
    // The last one may be cut off a little: lives do not end at a tick.
    if (values[i].empty() || life.length_s < end_s - length_s / 2) continue;
    blocks.lower[i] = Quantile(values[i], 0.1);
    blocks.upper[i] = *std::ranges::max_element(values[i]);
    blocks.median[i] = Median(std::move(values[i]));
  }
  return blocks;
}

// The mean of what the lives gain from block to block, from `level` on: their own levels, and
// which of them are there, do not show. Empty when no life has two blocks beside each other.
std::vector<double> Profile(const std::vector<LifeBlocks>& lives,
                            std::vector<double> LifeBlocks::*part, size_t count, double level) {
  std::vector<double> profile{level};
  for (size_t i = 1; i < count; ++i) {
    double sum = 0;
    double terms = 0;
    for (const LifeBlocks& life : lives) {
      const double gained = (life.*part)[i] - (life.*part)[i - 1];
      if (!std::isfinite(gained)) continue;
      sum += gained;
      terms += 1;
    }
    if (terms == 0) return {};
    profile.push_back(profile.back() + sum / terms);
  }
  return profile;
}

double LevelOf(const std::vector<LifeBlocks>& lives, std::vector<double> LifeBlocks::*part) {
  std::vector<double> levels;
  for (const LifeBlocks& life : lives) {
    std::vector<double> values = life.*part;
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (!values.empty()) levels.push_back(Median(std::move(values)));
  }
  return Median(std::move(levels));
}

Blocks MeanBlocks(const std::vector<LifeBlocks>& lives, const Window& ages, size_t count) {
  Blocks blocks;
  blocks.usable_begin_s = ages.begin_s;
  blocks.usable_end_s = ages.end_s;
  blocks.level = LevelOf(lives, &LifeBlocks::median);
  const double envelope = LevelOf(lives, &LifeBlocks::lower);
  blocks.median = Profile(lives, &LifeBlocks::median, count, blocks.level);
  blocks.lower = Profile(lives, &LifeBlocks::lower, count, envelope);
  blocks.upper = Profile(lives, &LifeBlocks::upper, count, LevelOf(lives, &LifeBlocks::upper));
  if (blocks.median.empty()) blocks.shortage = "points too unevenly spread";
  blocks.first_level = blocks.level;
  for (size_t i = 0; i < blocks.median.size(); ++i) {
    blocks.x.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(count));
    blocks.time_s.push_back(ages.begin_s + blocks.x.back() * blocks.usable_s());
  }
  return blocks;
}

// Least squares of one life beside the warm-up of all. `weight`: the spread of its x, for a life
// that was shorter says less.
struct LifeSlope {
  double slope = 0;  // per judged age
  double weight = 0;
};
LifeSlope SlopeOf(const std::vector<double>& y, const std::vector<double>& warm_up,
                  std::span<const double> x) {
  double n = 0;
  double sum_x = 0;
  double sum_y = 0;
  double sum_xx = 0;
  double sum_xy = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) continue;
    const double value = y[i] - warm_up[i];
    n += 1;
    sum_x += x[i];
    sum_y += value;
    sum_xx += x[i] * x[i];
    sum_xy += x[i] * value;
  }
  const double spread = n > 0 ? sum_xx - sum_x * sum_x / n : 0;
  if (!(spread > 0)) return {};
  return {(sum_xy - sum_x * sum_y / n) / spread, spread};
}

// The lives as independent observations of one slope (summary measures: Matthews et al. 1990).
void Pool(const std::vector<LifeBlocks>& lives, const Blocks& blocks, PanelTrend& panel) {
  Trend& trend = panel.trend;
  std::vector<double> warm_up;
  for (size_t i = 0; i < blocks.x.size(); ++i) {
    warm_up.push_back(blocks.median[i] - trend.residuals[i] -
                      trend.slope_per_s * trend.usable_s * blocks.x[i]);
  }
  std::vector<LifeSlope> slopes;
  double weights = 0;
  double mean = 0;
  for (const LifeBlocks& life : lives) {
    const LifeSlope slope = SlopeOf(life.median, warm_up, blocks.x);
    if (!(slope.weight > 0)) continue;
    slopes.push_back(slope);
    weights += slope.weight;
    mean += slope.weight * slope.slope;
    panel.rising += slope.slope > 0;
  }
  panel.lives = slopes.size();
  if (slopes.size() < kFewestLives) return;
  mean /= weights;
  double squares = 0;
  for (const LifeSlope& one : slopes) {
    squares += one.weight * (one.slope - mean) * (one.slope - mean);
  }
  const double degrees = static_cast<double>(slopes.size()) - 1;
  const double error = std::sqrt(squares / (degrees * weights));
  panel.p_value = error > 0 ? StudentTUpperTail(mean / error, degrees) : (mean > 0 ? 0.0 : 1.0);
  const double reach = StudentTQuantile(0.975, degrees) * error / trend.usable_s;
  trend.ci_low_per_s = std::min(trend.ci_low_per_s, trend.slope_per_s - reach);
  trend.ci_high_per_s = std::max(trend.ci_high_per_s, trend.slope_per_s + reach);
}

}  // namespace

PanelTrend EstimatePanelTrend(const std::vector<LifeSeries>& lives, const TrendLimits& limits) {
  PanelTrend panel;
  const Window ages = JudgedAges(lives);
  std::vector<const LifeSeries*> counted;
  std::vector<double> sizes;
  for (const LifeSeries& life : lives) {
    if (!Counts(life, ages)) continue;
    counted.push_back(&life);
    sizes.push_back(static_cast<double>(std::ranges::count_if(life.points, [&](const auto& point) {
      return point.t_s >= ages.begin_s && point.t_s <= ages.end_s;
    })));
  }
  panel.lives = counted.size();
  double points = 0;
  for (const double size : sizes) points += size;
  const auto typical = static_cast<size_t>(Median(std::move(sizes)));
  if (ages.end_s - ages.begin_s < kLeastLife_s || counted.size() < kFewestLives ||
      typical < kMinPoints) {
    panel.trend.explanation = "lives too short to judge";
    return panel;
  }
  const size_t count = std::clamp(typical / kPointsPerBlock, kMinBlocks, kMostBlocks);
  std::vector<LifeBlocks> cut;
  for (const LifeSeries* life : counted) cut.push_back(Cut(*life, ages, count));
  Blocks blocks = MeanBlocks(cut, ages, count);
  blocks.points = static_cast<size_t>(points);
  panel.trend = TrendOfBlocks(blocks, {}, {}, limits, /*period_s=*/0);
  if (panel.trend.growth_class == model::GrowthClass::kInsufficientData) return panel;
  Pool(cut, blocks, panel);
  const bool is_common =
      panel.p_value <= kLargestPooledP &&
      static_cast<double>(panel.rising) >= kRisingShare * static_cast<double>(panel.lives);
  if (model::IsGrowth(panel.trend.growth_class) && !is_common) {
    panel.trend.growth_class = model::GrowthClass::kStable;
    panel.trend.explanation = "rises in " + std::to_string(panel.rising) + " of " +
                              std::to_string(panel.lives) + " lives: nothing common to them";
  }
  return panel;
}

StartTrend EstimateStartTrend(const std::vector<LifeSeries>& lives, const TrendLimits& limits) {
  constexpr size_t kFewestStarts = 6;
  constexpr double kProbability = 0.998;  // few values: one wild one must not decide
  constexpr double kOrder = 2;            // and their order, as a normal deviate
  constexpr double kStartShare = 0.25;    // of the judged ages: the level of a start
  StartTrend start;
  const Window ages = JudgedAges(lives);
  const double until_s = ages.begin_s + kStartShare * (ages.end_s - ages.begin_s);
  std::vector<double> x;
  std::vector<double> levels;
  for (const LifeSeries& life : lives) {
    std::vector<double> values;
    for (const model::Point& point : life.points) {
      if (point.t_s >= ages.begin_s && point.t_s <= until_s && std::isfinite(point.value)) {
        values.push_back(point.value);
      }
    }
    if (values.empty()) continue;
    x.push_back(life.begin_s);
    levels.push_back(Median(std::move(values)));
  }
  start.starts = levels.size();
  if (levels.size() < kFewestStarts || !(x.back() > x.front())) return start;
  const double first_s = x.front();
  const double span_s = x.back() - x.front();
  for (double& at : x) at = (at - first_s) / span_s;
  const SlopePosterior slope(NoiseModels(x, /*is_coarse=*/false),
                             {std::vector<double>(x.size(), 1.0), x}, levels, limits.quantum);
  if (!slope.is_solvable()) return start;
  start.rise = slope.mean();
  start.slope_per_s = slope.mean() / span_s;
  const double least_rise =
      std::max(limits.least_rise, limits.least_rise_share * std::abs(Median(levels)));

  const auto squares = [](std::span<const double> values) {
    double mean = 0;
    for (const double value : values) mean += value / static_cast<double>(values.size());
    double sum = 0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return sum;
  };
  double of_step = std::numeric_limits<double>::infinity();
  for (size_t i = 1; i < levels.size(); ++i) {
    const std::span<const double> all(levels);
    of_step = std::min(of_step, squares(all.first(i)) + squares(all.subspan(i)));
  }
  std::vector<double> beside = levels;
  const double line = TheilSenSlope(x, levels);
  for (size_t i = 0; i < beside.size(); ++i) beside[i] -= line * x[i];
  start.is_growing = slope.UpperTail(0) > kProbability && MannKendallZ(levels, 1) > kOrder &&
                     start.rise >= least_rise && squares(beside) < of_step;
  return start;
}

}  // namespace seep::analysis

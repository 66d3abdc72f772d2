// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/blocks.h"

#include <algorithm>
#include <cmath>

#include "analysis/stats/robust.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

constexpr double kWarmup_s = 10;
constexpr double kWarmupShare = 0.25;
constexpr double kBeginShare = 0.02;
constexpr size_t kPointsPerBlock = 6;
constexpr size_t kFewestBlocks = 12;
constexpr size_t kMostBlocks = 48;
constexpr double kFewestOfCycle = 10;  // blocks that must remain when they hold whole cycles
constexpr double kGapFactor = 3;       // a step this many times the median one is a gap
// And a tenth of the shortest block: less leaves no block without points throughout, however
// often its ticks come (a starved agent that looks many times a second).
constexpr double kLeastGapShare = 0.1 / kMostBlocks;

// Points that can be used, in order; the rest counts as missing.
std::vector<model::Point> Clean(const std::vector<model::Point>& points, const Window& window) {
  std::vector<model::Point> clean;
  clean.reserve(points.size());
  for (const model::Point& point : points) {
    const bool in_window = point.t_s >= window.begin_s && point.t_s <= window.end_s;
    const bool in_order = clean.empty() || point.t_s > clean.back().t_s;
    if (std::isfinite(point.value) && in_window && in_order) clean.push_back(point);
  }
  return clean;
}

// Holes in the usable points: all together, the longest, the longest in the last quarter.
void MeasureGaps(const std::vector<model::Point>& usable, Blocks& blocks) {
  const double length_s = blocks.usable_s();
  if (usable.size() < 2 || length_s <= 0) {
    blocks.gap_share = 1;
    return;
  }
  std::vector<double> intervals;
  for (size_t i = 1; i < usable.size(); ++i) {
    intervals.push_back(usable[i].t_s - usable[i - 1].t_s);
  }
  const double usual = Median(intervals);
  const double late_s = blocks.usable_begin_s + 0.75 * length_s;
  const auto add = [&](double from_s, double to_s) {
    if (to_s - from_s <= std::max(kGapFactor * usual, kLeastGapShare * length_s)) return;
    const double share = (to_s - from_s - usual) / length_s;
    blocks.gap_share += share;
    blocks.longest_gap = std::max(blocks.longest_gap, share);
    if (to_s > late_s) blocks.late_gap = std::max(blocks.late_gap, share);
  };
  add(blocks.usable_begin_s, usable.front().t_s);
  for (size_t i = 1; i < usable.size(); ++i) add(usable[i - 1].t_s, usable[i].t_s);
  add(usable.back().t_s, blocks.usable_end_s);
}

std::string Shortage(const Blocks& blocks) {
  const double usable_s = blocks.usable_s();
  if (blocks.points == 0 || !std::isfinite(usable_s)) return "no usable points";
  if (!(usable_s >= kMinUsable_s)) {
    return "only " + model::FormatDuration(std::max(usable_s, 0.0)) + " to judge, " +
           model::FormatDuration(kMinUsable_s) + " needed";
  }
  if (blocks.points < kMinPoints) {
    return "only " + std::to_string(blocks.points) + " points to judge, " +
           std::to_string(kMinPoints) + " needed";
  }
  if (blocks.gap_share > kMaxGapShare) {
    return "no points in " + std::to_string(std::lround(100 * blocks.gap_share)) + " % of the time";
  }
  if (blocks.late_gap > kMaxLateGap) {
    return "a hole of " + std::to_string(std::lround(100 * blocks.late_gap)) +
           " % of the time in its last quarter";
  }
  if (blocks.time_s.size() < kMinBlocks) return "points too unevenly spread";
  return {};
}

}  // namespace

double SeriesBegin(const Window& window) {
  return window.begin_s + std::max(kWarmup_s, kBeginShare * (window.end_s - window.begin_s));
}

double WarmupEnd(const Window& window) {
  return window.begin_s + std::max(kWarmup_s, kWarmupShare * (window.end_s - window.begin_s));
}

size_t BlockCount(size_t points) {
  return std::clamp(points / kPointsPerBlock, kFewestBlocks, kMostBlocks);
}

Blocks MakeBlocks(const std::vector<model::Point>& points, const Window& window, double period_s) {
  Blocks blocks;
  blocks.usable_begin_s = SeriesBegin(window);
  blocks.usable_end_s = window.end_s;
  const std::vector<model::Point> clean = Clean(points, window);
  const auto first = std::find_if(clean.begin(), clean.end(), [&](const model::Point& point) {
    return point.t_s >= blocks.usable_begin_s;
  });
  const std::vector<model::Point> usable(first, clean.end());
  blocks.points = usable.size();
  MeasureGaps(usable, blocks);

  size_t count = BlockCount(usable.size());
  double length_s = blocks.usable_s() / static_cast<double>(count);
  if (period_s > length_s && blocks.usable_s() / period_s >= kFewestOfCycle) {
    count = static_cast<size_t>(blocks.usable_s() / period_s);
    length_s = blocks.usable_s() / static_cast<double>(count);
  }
  std::vector<double> all;
  auto point = usable.begin();
  for (size_t block = 0; block < count && length_s > 0; ++block) {
    const double until_s = blocks.usable_begin_s + length_s * static_cast<double>(block + 1);
    std::vector<double> values;
    double time_sum = 0;
    for (; point != usable.end() && (point->t_s < until_s || block + 1 == count); ++point) {
      values.push_back(point->value);
      time_sum += point->t_s;
    }
    if (values.empty()) continue;
    all.insert(all.end(), values.begin(), values.end());
    blocks.time_s.push_back(time_sum / static_cast<double>(values.size()));
    blocks.x.push_back((blocks.time_s.back() - blocks.usable_begin_s) / blocks.usable_s());
    blocks.lower.push_back(Quantile(values, 0.1));
    blocks.upper.push_back(*std::max_element(values.begin(), values.end()));
    blocks.median.push_back(Median(std::move(values)));
  }
  blocks.level = Median(std::move(all));
  std::vector<double> begin;
  for (size_t i = 0; i < std::min<size_t>(clean.size(), 3); ++i) begin.push_back(clean[i].value);
  blocks.first_level = Median(std::move(begin));
  blocks.shortage = Shortage(blocks);
  return blocks;
}

std::vector<double> MeansInBlocks(const std::vector<model::Point>& points, const Blocks& blocks) {
  const size_t n = blocks.time_s.size();
  std::vector<double> sums(n, 0.0);
  std::vector<double> counts(n, 0.0);
  size_t block = 0;
  for (const model::Point& point : points) {
    if (point.t_s < blocks.usable_begin_s || point.t_s > blocks.usable_end_s) continue;
    // Blocks are told apart half way between their mean times.
    while (block + 1 < n && point.t_s > (blocks.time_s[block] + blocks.time_s[block + 1]) / 2) {
      ++block;
    }
    if (!std::isfinite(point.value)) continue;
    sums[block] += point.value;
    counts[block] += 1;
  }
  for (size_t i = 0; i < n; ++i) {
    if (counts[i] == 0) return {};
    sums[i] /= counts[i];
  }
  return sums;
}

}  // namespace seep::analysis

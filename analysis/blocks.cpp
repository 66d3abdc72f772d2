// SPDX-License-Identifier: Apache-2.0
#include "analysis/blocks.h"

#include <algorithm>
#include <cmath>

#include "analysis/robust.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

constexpr double kWarmup_s = 10;
constexpr double kWarmupShare = 0.25;
constexpr size_t kPointsPerBlock = 6;
constexpr size_t kFewestBlocks = 12;
constexpr size_t kMostBlocks = 32;
constexpr double kGapFactor = 3;  // a step this many times the median one is a gap

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

double GapShare(const std::vector<model::Point>& usable, double begin_s, double end_s) {
  if (usable.size() < 2 || end_s <= begin_s) return 1;
  std::vector<double> intervals;
  for (size_t i = 1; i < usable.size(); ++i) {
    intervals.push_back(usable[i].t_s - usable[i - 1].t_s);
  }
  const double usual = Median(intervals);
  intervals.push_back(usable.front().t_s - begin_s);
  intervals.push_back(end_s - usable.back().t_s);
  double missing = 0;
  for (const double interval : intervals) {
    if (interval > kGapFactor * usual) missing += interval - usual;
  }
  return missing / (end_s - begin_s);
}

std::string Shortage(const Blocks& blocks) {
  const double usable_s = blocks.usable_end_s - blocks.usable_begin_s;
  if (blocks.points == 0 || !std::isfinite(usable_s)) return "no usable points";
  if (!(usable_s >= kMinUsable_s)) {
    return "only " + model::FormatDuration(std::max(usable_s, 0.0)) + " after warm-up, " +
           model::FormatDuration(kMinUsable_s) + " needed";
  }
  if (blocks.points < kMinPoints) {
    return "only " + std::to_string(blocks.points) + " points after warm-up, " +
           std::to_string(kMinPoints) + " needed";
  }
  if (blocks.gap_share > kMaxGapShare) {
    return "no points in " + std::to_string(std::lround(100 * blocks.gap_share)) +
           " % of the time after warm-up";
  }
  if (blocks.time_s.size() < kMinBlocks) return "points too unevenly spread";
  return {};
}

}  // namespace

double WarmupEnd(const Window& window) {
  return window.begin_s + std::max(kWarmup_s, kWarmupShare * (window.end_s - window.begin_s));
}

Blocks MakeBlocks(const std::vector<model::Point>& points, const Window& window) {
  Blocks blocks;
  blocks.usable_begin_s = WarmupEnd(window);
  blocks.usable_end_s = window.end_s;
  const std::vector<model::Point> clean = Clean(points, window);
  const auto first = std::find_if(clean.begin(), clean.end(), [&](const model::Point& point) {
    return point.t_s >= blocks.usable_begin_s;
  });
  const std::vector<model::Point> usable(first, clean.end());
  blocks.points = usable.size();
  blocks.gap_share = GapShare(usable, blocks.usable_begin_s, blocks.usable_end_s);

  const size_t count = std::clamp(usable.size() / kPointsPerBlock, kFewestBlocks, kMostBlocks);
  const double length_s =
      (blocks.usable_end_s - blocks.usable_begin_s) / static_cast<double>(count);
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
    blocks.lower.push_back(Quantile(values, 0.1));
    blocks.median.push_back(Median(std::move(values)));
  }
  blocks.level = Median(std::move(all));
  std::vector<double> begin;
  for (size_t i = 0; i < std::min<size_t>(clean.size(), 3); ++i) begin.push_back(clean[i].value);
  blocks.first_level = Median(std::move(begin));
  blocks.shortage = Shortage(blocks);
  return blocks;
}

}  // namespace seep::analysis

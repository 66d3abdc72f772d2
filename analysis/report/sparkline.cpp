// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/report/plot.h"

namespace seep::report {
namespace {

constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr char kNothing[] = "·";

struct Stretch {
  const model::Point* least = nullptr;
  const model::Point* most = nullptr;

  void Add(const model::Point& point) {
    if (least == nullptr || point.value < least->value) least = &point;
    if (most == nullptr || point.value > most->value) most = &point;
  }
};

std::vector<Stretch> Divide(const std::vector<model::Point>& points, size_t count) {
  std::vector<Stretch> stretches(count);
  const double begin_s = points.front().t_s;
  const double length_s = points.back().t_s - begin_s;
  for (const model::Point& point : points) {
    if (!std::isfinite(point.value)) continue;
    const double share = length_s > 0 ? (point.t_s - begin_s) / length_s : 0;
    const auto index = static_cast<size_t>(share * static_cast<double>(count));
    stretches[std::min(index, count - 1)].Add(point);
  }
  return stretches;
}

const char* Block(double value, const PlotScale& scale) {
  const double height =
      scale.high > scale.low ? (value - scale.low) / (scale.high - scale.low) : 0.5;
  return kBlocks[static_cast<size_t>(std::lround(height * (kBlocks.size() - 1)))];
}

}  // namespace

std::string Sparkline(const std::vector<model::Point>& points, size_t columns) {
  if (points.empty()) return {};
  const std::vector<Stretch> stretches = Divide(points, std::max<size_t>(columns / 2, 1));
  Stretch all;
  for (const Stretch& stretch : stretches) {
    if (stretch.least == nullptr) continue;
    all.Add(*stretch.least);
    all.Add(*stretch.most);
  }
  if (all.least == nullptr) return {};
  const PlotScale scale = ScaleOf(all.least->value, all.most->value);
  std::string line;
  for (const Stretch& stretch : stretches) {
    if (stretch.least == nullptr) {
      line += std::string(kNothing) + kNothing;
      continue;
    }
    const bool rises = stretch.least->t_s <= stretch.most->t_s;
    line += Block(rises ? stretch.least->value : stretch.most->value, scale);
    line += Block(rises ? stretch.most->value : stretch.least->value, scale);
  }
  return line;
}

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/period.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

constexpr size_t kCells = 576;  // 5 minutes of 48 hours
constexpr double kLeastCorrelation = 0.3;

// Means of equal stretches of time, holes bridged by the value before.
std::vector<double> Resample(const std::vector<model::Point>& points, double begin_s, double end_s,
                             size_t cells) {
  std::vector<double> sums(cells, 0.0);
  std::vector<double> counts(cells, 0.0);
  for (const model::Point& point : points) {
    if (!(point.t_s >= begin_s && point.t_s < end_s) || !std::isfinite(point.value)) continue;
    const auto cell =
        static_cast<size_t>((point.t_s - begin_s) / (end_s - begin_s) * static_cast<double>(cells));
    sums[std::min(cell, cells - 1)] += point.value;
    counts[std::min(cell, cells - 1)] += 1;
  }
  double before = points.empty() ? 0 : points.front().value;
  for (size_t i = 0; i < cells; ++i) {
    if (counts[i] > 0) before = sums[i] / counts[i];
    sums[i] = before;
  }
  return sums;
}

// What is left without the slow part: a running median over an eighth of the series.
std::vector<double> WithoutSlowPart(const std::vector<double>& values) {
  const size_t reach = values.size() / 16;
  std::vector<double> rest = values;
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t from = i > reach ? i - reach : 0;
    const size_t to = std::min(values.size(), i + reach + 1);
    rest[i] -= Median({values.begin() + static_cast<std::ptrdiff_t>(from),
                       values.begin() + static_cast<std::ptrdiff_t>(to)});
  }
  return rest;
}

}  // namespace

double FindPeriod(const std::vector<model::Point>& points, const Window& window) {
  const double begin_s = SeriesBegin(window);
  const size_t cells = std::min(points.size(), kCells);
  if (cells < 64 || window.end_s <= begin_s) return 0;
  const std::vector<double> values =
      WithoutSlowPart(Resample(points, begin_s, window.end_s, cells));
  const double squares = std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
  if (squares <= 0) return 0;
  const auto correlation = [&](size_t lag) {
    return std::inner_product(values.begin() + static_cast<std::ptrdiff_t>(lag), values.end(),
                              values.begin(), 0.0) /
           squares;
  };
  bool was_negative = false;
  double before = 1;
  for (size_t lag = 1; lag < cells / 8; ++lag) {
    const double now = correlation(lag);
    was_negative = was_negative || now < 0;
    if (was_negative && now > kLeastCorrelation && now >= before && now >= correlation(lag + 1)) {
      return static_cast<double>(lag) * (window.end_s - begin_s) / static_cast<double>(cells);
    }
    before = now;
  }
  return 0;
}

}  // namespace seep::analysis

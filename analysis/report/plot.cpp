// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/plot.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "storage/model/units.h"

namespace seep::report {
namespace {

constexpr size_t kRows = 7;  // odd: what is flat lies in the middle
constexpr size_t kColumns = 64;
constexpr size_t kLabel = 14;
constexpr double kLeastSpan = 0.05;  // of the level

using Means = std::vector<std::optional<double>>;

Means ColumnMeans(const std::vector<model::Point>& points) {
  std::vector<double> sums(kColumns, 0.0);
  std::vector<size_t> counts(kColumns, 0);
  const double begin_s = points.front().t_s;
  const double length_s = points.back().t_s - begin_s;
  for (const model::Point& point : points) {
    const double share = length_s > 0 ? (point.t_s - begin_s) / length_s : 0;
    const auto column = std::min(static_cast<size_t>(share * kColumns), kColumns - 1);
    sums[column] += point.value;
    ++counts[column];
  }
  Means means(kColumns);
  for (size_t i = 0; i < kColumns; ++i) {
    if (counts[i] > 0) means[i] = sums[i] / static_cast<double>(counts[i]);
  }
  return means;
}

PlotScale ScaleOfMeans(const Means& means) {
  double least = means.front().value();
  double most = least;
  for (const auto& mean : means) {
    least = std::min(least, mean.value_or(least));
    most = std::max(most, mean.value_or(most));
  }
  return ScaleOf(least, most);
}

std::string RightAligned(const std::string& text, size_t columns) {
  return std::string(columns - std::min(columns, text.size()), ' ') + text;
}

}  // namespace

PlotScale ScaleOf(double least, double most) {
  const double middle = (least + most) / 2;
  const double reach = std::max((most - least) / 2, kLeastSpan / 2 * std::abs(middle));
  return {middle - reach, middle + reach};
}

std::string Plot(const std::vector<model::Point>& points, const std::string& unit) {
  if (points.empty()) return {};
  const Means means = ColumnMeans(points);
  const PlotScale scale = ScaleOfMeans(means);
  std::vector<std::string> rows(kRows, std::string(kColumns, ' '));
  for (size_t i = 0; i < kColumns; ++i) {
    if (!means[i]) continue;
    const double height =
        scale.high > scale.low ? (*means[i] - scale.low) / (scale.high - scale.low) : 0.5;
    rows[kRows - 1 - static_cast<size_t>(std::lround(height * (kRows - 1)))][i] = '*';
  }
  std::string plot;
  for (size_t row = 0; row < kRows; ++row) {
    const std::string label = row == 0           ? model::FormatQuantity(scale.high, unit)
                              : row + 1 == kRows ? model::FormatQuantity(scale.low, unit)
                                                 : "";
    std::string line = RightAligned(label, kLabel) + " |" + rows[row];
    line.erase(line.find_last_not_of(' ') + 1);
    plot += line + '\n';
  }
  const double length_s = points.back().t_s - points.front().t_s;
  return plot + std::string(kLabel + 2, ' ') + "0s" +
         RightAligned(model::FormatDuration(length_s), kColumns - 2) + '\n';
}

}  // namespace seep::report

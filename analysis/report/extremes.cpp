// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/extremes.h"

#include <algorithm>
#include <numeric>

namespace seep::report {

std::vector<size_t> ExtremeRows(std::span<const double> time_s,
                                std::span<const std::vector<double>> columns, size_t buckets) {
  std::vector<size_t> rows(time_s.size());
  std::iota(rows.begin(), rows.end(), size_t{0});
  if (rows.size() <= 2 * buckets * columns.size() + 2) return rows;
  const double begin_s = time_s.front();
  const double width_s = (time_s.back() - begin_s) / static_cast<double>(buckets);
  rows = {0, time_s.size() - 1};
  for (size_t first = 0; first < time_s.size();) {
    size_t end = first;
    const auto bucket_of = [&](size_t row) {
      return static_cast<size_t>((time_s[row] - begin_s) / width_s);
    };
    while (end < time_s.size() && bucket_of(end) == bucket_of(first)) ++end;
    for (const std::vector<double>& column : columns) {
      const auto begin = column.begin();
      const auto [lowest, highest] = std::minmax_element(begin + static_cast<std::ptrdiff_t>(first),
                                                         begin + static_cast<std::ptrdiff_t>(end));
      rows.push_back(static_cast<size_t>(lowest - begin));
      rows.push_back(static_cast<size_t>(highest - begin));
    }
    first = end;
  }
  std::ranges::sort(rows);
  const auto repeated = std::ranges::unique(rows);
  rows.erase(repeated.begin(), repeated.end());
  return rows;
}

}  // namespace seep::report

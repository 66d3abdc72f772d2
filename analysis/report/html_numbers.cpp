// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/html_numbers.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace seep::report {

using Json = nlohmann::ordered_json;

Json PackTimes(std::span<const double> time_s) {
  std::vector<int64_t> steps;
  steps.reserve(time_s.size());
  int64_t before = 0;
  for (const double t_s : time_s) {
    const auto now = static_cast<int64_t>(std::llround(1000 * t_s));
    steps.push_back(now - before);
    before = now;
  }
  return steps;
}

Json PackValues(std::span<const double> values) {
  constexpr double kMost = 65535;
  if (values.empty()) return {{"low", 0}, {"step", 0}, {"v", Json::array()}};
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  const double low = *lowest;
  const double range = *highest - low;
  const bool is_integer =
      range <= kMost && std::all_of(values.begin(), values.end(),
                                    [](double value) { return value == std::floor(value); });
  const double step = is_integer ? 1 : range / kMost;
  std::vector<uint32_t> packed;
  packed.reserve(values.size());
  for (const double value : values) {
    packed.push_back(step > 0 ? static_cast<uint32_t>(std::lround((value - low) / step)) : 0);
  }
  return {{"low", low}, {"step", step}, {"v", std::move(packed)}};
}

std::vector<double> Pick(std::span<const double> column, std::span<const size_t> rows) {
  std::vector<double> picked;
  picked.reserve(rows.size());
  for (const size_t row : rows) picked.push_back(column[row]);
  return picked;
}

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/false_discovery.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace seep::analysis {

double LargestDiscovery(std::vector<double> p_values, double rate) {
  std::sort(p_values.begin(), p_values.end());
  const auto tests = static_cast<double>(p_values.size());
  double largest = -1;
  for (size_t i = 0; i < p_values.size(); ++i) {
    if (p_values[i] <= rate * static_cast<double>(i + 1) / tests) largest = p_values[i];
  }
  return largest;
}

std::vector<double> AdjustForMany(const std::vector<double>& p_values) {
  std::vector<size_t> by_p(p_values.size());
  std::iota(by_p.begin(), by_p.end(), size_t{0});
  std::ranges::stable_sort(by_p, {}, [&](size_t i) { return p_values[i]; });
  const auto tests = static_cast<double>(p_values.size());
  std::vector<double> adjusted(p_values.size(), 1);
  double least = 1;
  for (size_t rank = by_p.size(); rank > 0; --rank) {
    const size_t i = by_p[rank - 1];
    least = std::min(least, p_values[i] * tests / static_cast<double>(rank));
    adjusted[i] = least;
  }
  return adjusted;
}

}  // namespace seep::analysis

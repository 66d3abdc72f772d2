// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/false_discovery.h"

#include <algorithm>
#include <cstddef>

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

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/load_columns.h"

#include <algorithm>
#include <cmath>

namespace seep::analysis {

Columns LoadColumns(const std::vector<model::Point>& load, const Blocks& blocks) {
  const std::vector<double> now = MeansInBlocks(load, blocks);
  if (now.size() < 2) return {};
  double mean = 0;
  for (const double value : now) mean += value / static_cast<double>(now.size());
  double variance = 0;
  for (const double value : now) variance += (value - mean) * (value - mean);
  variance /= static_cast<double>(now.size());
  constexpr double kLoadVariation = 0.01;  // of its mean: below, a load explains nothing
  if (!(std::sqrt(variance) > kLoadVariation * std::abs(mean))) return {};
  std::vector<double> before = now;
  std::copy(now.begin(), now.end() - 1, before.begin() + 1);
  return {now, before};
}

}  // namespace seep::analysis

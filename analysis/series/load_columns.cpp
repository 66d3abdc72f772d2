// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/load_columns.h"

#include <algorithm>
#include <cmath>

namespace seep::analysis {
namespace {

// Of its mean: what varies less explains nothing, and is the constant of the fit once more.
constexpr double kLoadVariation = 0.01;

bool Varies(const std::vector<double>& column) {
  const auto count = static_cast<double>(column.size());
  double mean = 0;
  for (const double value : column) mean += value / count;
  double variance = 0;
  for (const double value : column) variance += (value - mean) * (value - mean) / count;
  return std::sqrt(variance) > kLoadVariation * std::abs(mean);
}

}  // namespace

Columns LoadColumns(const std::vector<model::Point>& load, const Blocks& blocks) {
  const std::vector<double> now = MeansInBlocks(load, blocks);
  if (now.size() < 2 || !Varies(now)) return {};
  std::vector<double> before = now;
  std::copy(now.begin(), now.end() - 1, before.begin() + 1);
  // A load that is constant until it ends in the last block.
  if (!Varies(before)) return {now};
  return {now, before};
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/time_uniform.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace seep::analysis {

double TimeUniformDeviate(double information, double alpha) {
  if (!(information > 0)) return std::numeric_limits<double>::infinity();
  // n r of analysis.md 2.8: the bound has its least value near 12 for alpha = .01.
  constexpr double kTuned = 12;
  const double nr = kTuned * information;
  return std::sqrt(2 * (nr + 1) / nr * std::log(std::sqrt(nr + 1) / alpha));
}

double NormalProbability(double deviate) {
  return std::erfc(-deviate / std::numbers::sqrt2) / 2;
}

}  // namespace seep::analysis

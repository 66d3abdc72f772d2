// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/ages.h"

#include <algorithm>

namespace seep::analysis {

double AgeQuantile_s(const std::vector<model::SurvivorBin>& survivors, double end_s, double share) {
  double total = 0;
  for (const model::SurvivorBin& bin : survivors) total += static_cast<double>(bin.samples);
  const double older = (1 - share) * total;
  double seen = 0;
  for (const model::SurvivorBin& bin : survivors) {
    const auto samples = static_cast<double>(bin.samples);
    if (samples > 0 && seen + samples >= older) {
      const double part = (older - seen) / samples;
      const double born_s = bin.born_from_s + part * (bin.born_to_s - bin.born_from_s);
      return std::max(0.0, end_s - born_s);
    }
    seen += samples;
  }
  return 0;
}

}  // namespace seep::analysis

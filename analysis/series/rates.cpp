// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/rates.h"

#include <algorithm>
#include <cmath>

namespace seep::analysis {

std::vector<model::Point> ToRates(const std::vector<model::Point>& counter) {
  std::vector<model::Point> rates;
  for (size_t i = 1; i < counter.size(); ++i) {
    const double time_s = counter[i].t_s - counter[i - 1].t_s;
    const double rise = std::max(0.0, counter[i].value - counter[i - 1].value);
    if (time_s > 0 && std::isfinite(rise)) rates.push_back({counter[i].t_s, rise / time_s});
  }
  return rates;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// What looks like growth and is not: a step to a new level, a warm-up that saturates, a cache
// that fills and then stops. They are fitted jointly with the line (analysis.md 0.2 and 2.1.2), so
// that the slope that remains is the one that goes on.
#pragma once

#include <vector>

namespace seep::analysis {

struct Nuisances {
  std::vector<std::vector<double>> columns;  // regressors beside the constant and the time
  int steps = 0;                             // of the columns
  bool is_saturating = false;                // one of the columns saturates
};

// Chooses columns for block medians `y` at `time_s` by BIC over the plain line, greedily, at most
// three. Only upward ones: they can be mistaken for growth. More than three steps are a staircase,
// which is growth: then none. `quantum` is the resolution of y (1 for counts, a page for bytes).
Nuisances FindNuisances(const std::vector<double>& time_s, const std::vector<double>& y,
                        double quantum);

}  // namespace seep::analysis

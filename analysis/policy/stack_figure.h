// SPDX-License-Identifier: Apache-2.0
// What the stacks that a limit names hold, or grow by, together.
#pragma once

#include <optional>

#include "storage/model/policy.h"
#include "storage/model/run_summary.h"

namespace seep::analysis {

// A measured figure and what it may be as well, given its error: one-sided 95 % bounds.
struct Figure {
  double value = 0;
  double low = 0;
  double high = 0;
};

// Bytes, or bytes per hour of kStackGrowth. Nothing when the run has no heap data. No stack that
// fits: zero. Growth of stacks that are not found to grow is zero and may be `detectable_per_hour`,
// the least that is found.
std::optional<Figure> MeasureStacks(const model::PolicyLimit& limit, const model::RunSummary& run,
                                    double detectable_per_hour);

}  // namespace seep::analysis

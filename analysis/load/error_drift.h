// SPDX-License-Identifier: Apache-2.0
// Do more of the answers fail? A trend of a share that is known by counts.
#pragma once

#include "analysis/load/drift.h"

namespace seep::analysis {

// As JudgeLatency. Needs 10 errors to be a drift: the share of the answers that fail must rise by
// 0.1 % of the answers and by a fifth of its level, over 24 h or all of a shorter run; from each
// third of the time to the next; and beyond a step to another level (docs/analysis.md, Load).
model::SeriesVerdict JudgeErrors(const LoadSeries& series, const OfferedLoad& load);

}  // namespace seep::analysis

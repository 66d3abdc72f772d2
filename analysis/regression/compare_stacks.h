// SPDX-License-Identifier: Apache-2.0
// The stacks of a run beside those of a baseline (docs/regression.md, "Stacks across builds").
#pragma once

#include <span>
#include <vector>

#include "storage/model/comparison.h"
#include "storage/model/run_summary.h"

namespace seep::analysis {

// Every stack of either side, matched; stacks of one call path are one. The worst first. `base`
// holds the runs of one baseline (>= 1, oldest first). Runs that were not judged for any time
// (judged_s 0) have nothing to compare: they are left out, and without any left nothing is
// returned.
std::vector<model::StackChange> CompareStacks(std::span<const model::RunSummary> base,
                                              const model::RunSummary& run);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// A run beside its baselines: figures, stacks, and what it comes to.
#pragma once

#include <span>

#include "storage/model/baseline.h"
#include "storage/model/comparison.h"

namespace seep::analysis {

// `anchors`: the baselines, rolling ones first; `runs`: one, or several of one build, the newest
// last, whose stacks are compared. What cannot be compared (no run in a baseline, other keys, a run
// that was too short to judge, or three times longer or shorter) has a `shortage` that says so.
model::Comparison Compare(std::span<const model::Baseline> anchors,
                          std::span<const model::RunSummary> runs);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// What a policy says of one run (docs/policy.md). A pure function: nothing here reads a clock.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "storage/model/baseline.h"
#include "storage/model/policy.h"
#include "storage/model/run_summary.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// Frames of the growing stacks of a verdict, innermost first, without those of allocators.
using StackFrames = std::map<model::StackId, std::vector<model::SourceFrame>>;

// Checks every limit and suppression, and marks in `verdict` what suppressions cover. `frames`: of
// all its growing stacks; one without is covered by nothing. `run` is the summary of the same run,
// `baselines` what it is compared with. `now_ns`: CLOCK_REALTIME. Decide (analysis/gate.h) makes
// the exit code of it.
model::PolicyVerdict ApplyPolicy(const model::Policy& policy, const model::RunSummary& run,
                                 const std::vector<model::Baseline>& baselines,
                                 const StackFrames& frames, int64_t now_ns,
                                 model::Verdict& verdict);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// One limit of a policy beside what was measured.
#pragma once

#include <vector>

#include "storage/model/baseline.h"
#include "storage/model/policy.h"
#include "storage/model/run_summary.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// A figure is held to its limit as it was measured. A growth has an error: it is broken when its
// one-sided 95 % lower bound is above the limit, held when its upper bound is not, else unknown. Of
// several baselines the one from which the run differs most decides.
model::LimitResult CheckLimit(const model::PolicyLimit& limit, const model::RunSummary& run,
                              const std::vector<model::Baseline>& baselines,
                              const model::Verdict& verdict);

}  // namespace seep::analysis

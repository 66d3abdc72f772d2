// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/apply.h"

#include "analysis/policy/explained.h"
#include "analysis/policy/limits.h"
#include "analysis/policy/suppressions.h"

namespace seep::analysis {

model::PolicyVerdict ApplyPolicy(const model::Policy& policy, const model::RunSummary& run,
                                 const std::vector<model::Baseline>& baselines,
                                 const StackFrames& frames, int64_t now_ns,
                                 model::Verdict& verdict) {
  model::PolicyVerdict result{.file = policy.file, .limits = {}, .suppressions = {}};
  for (const model::PolicyLimit& limit : policy.limits) {
    result.limits.push_back(CheckLimit(limit, run, baselines, verdict));
  }
  result.suppressions = CheckSuppressions(policy.suppressions, frames, now_ns, verdict);
  MarkExplained(verdict);
  ListUncovered(verdict);
  return result;
}

}  // namespace seep::analysis

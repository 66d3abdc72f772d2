// SPDX-License-Identifier: Apache-2.0
// The lives of a lineage judged as one: where single lives are too short to show what all of them
// do, and where each restart takes away what had grown (docs/analysis.md, "Over restarts").
#pragma once

#include <vector>

#include "analysis/target_findings.h"

namespace seep::analysis {

// `all`: of the targets of `data`, in their order. Those of a lineage that could be judged become
// one, in the place of the first and of the last target's name; where the last life alone grows and
// the others do not they stay as they are.
std::vector<TargetFindings> JudgeLineages(const model::RunData& data,
                                          std::vector<TargetFindings> all);

// As reports tell it; `findings` of a lineage.
model::LineageVerdict ToLineageVerdict(const TargetFindings& findings);

}  // namespace seep::analysis

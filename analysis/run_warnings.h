// SPDX-License-Identifier: Apache-2.0
// What a reader of the verdict should know beside it, in sentences.
#pragma once

#include <string>
#include <vector>

#include "analysis/target_findings.h"
#include "storage/model/run_data.h"

namespace seep::analysis {

// `main`: the target whose judgement the run cannot do without; null: there is none. `growing`: the
// one that the summary speaks of; null: none grows.
std::vector<std::string> RunWarnings(const model::RunData& data,
                                     const std::vector<TargetFindings>& all,
                                     const TargetFindings* main, const TargetFindings* growing);

}  // namespace seep::analysis

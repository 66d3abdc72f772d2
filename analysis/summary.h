// SPDX-License-Identifier: Apache-2.0
// The verdict in one sentence, for a reader who knows no statistics.
#pragma once

#include <optional>
#include <string>

#include "analysis/target_findings.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// "redis-server (pid 123)"; control characters of a hostile name become '?'.
std::string TargetName(const model::Target& target);

// Likewise, of a lineage without a pid.
std::string SubjectName(const TargetFindings& findings);

// `findings` of the target that grows.
std::string SummarizeGrowth(const TargetFindings& findings,
                            const std::optional<model::Forecast>& forecast);
// `findings` of the main target.
std::string SummarizePass(const TargetFindings& findings,
                          const std::optional<model::Forecast>& forecast);
// A part of the growth (model::part) behind "of it": "blocks in use". Null: nothing to say of it.
const char* PartInWords(const std::string& part);
// What an allocator that keeps free memory costs, and what to do about it.
std::string RatchetRemedy(const TargetFindings& findings);
std::string SummarizeInconclusive(const std::string& reason);

}  // namespace seep::analysis

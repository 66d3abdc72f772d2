// SPDX-License-Identifier: Apache-2.0
// Memory that rises because of stacks that are known needs no suppression of its own.
#pragma once

#include "storage/model/verdict.h"

namespace seep::analysis {

// Marks every finding on memory as suppressed whose growth is that of suppressed stacks: what they
// leave of it is within its error of nothing, or less than a tenth.
void MarkExplained(model::Verdict& verdict);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// Where a comparison and a policy become an exit code (docs/regression.md, "The verdict of a
// gate").
#pragma once

#include "storage/model/verdict.h"

namespace seep::analysis {

// Decides exit code, class and summary once comparison and policy are in `verdict`; without either
// it stays as Analyze made it. Growth that is suppressed keeps its class: it is there, and passes.
void Decide(model::Verdict& verdict);

}  // namespace seep::analysis

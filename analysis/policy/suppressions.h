// SPDX-License-Identifier: Apache-2.0
// What is known and tolerated for a time: which findings that covers.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/policy/apply.h"

namespace seep::analysis {

// One result a suppression, in their order. Marks in `verdict` the stacks, series, starts and
// changes that one covers: it names them, has not expired at `now_ns`, and they do not grow faster
// than its rate. A stack, or a series of several processes, is faster when the lower bound of its
// growth is: of stacks together of their sum, of series of the fastest.
std::vector<model::SuppressionResult> CheckSuppressions(
    const std::vector<model::Suppression>& suppressions, const StackFrames& frames, int64_t now_ns,
    model::Verdict& verdict);

// Growing stacks that no suppression covers become the first of the list, small ones too: beside a
// large known leak a new one may be little.
void ListUncovered(model::Verdict& verdict);

}  // namespace seep::analysis

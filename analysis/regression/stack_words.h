// SPDX-License-Identifier: Apache-2.0
// What became of a stack, in one line for people.
#pragma once

#include <string>

#include "analysis/regression/stack_row.h"
#include "analysis/regression/stack_shift.h"
#include "storage/model/comparison.h"

namespace seep::analysis {

// "allocates 1.05 KiB a request, 15 % more than 930 B a request (10 % to 20 %)". `change` is
// complete but for its explanation; `all_bytes`: allocated by all stacks, in its unit.
std::string ExplainStack(const model::StackChange& change, const StackRow& row, double all_bytes);

// "a shift, no regression: under Cart::Add stacks gained 1.05 KiB a request and lost 1.02 KiB a
// request".
std::string ExplainShift(const Shift& shift, const std::string& function, bool is_per_request);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// What the oracle found, in files that survive the death of the program.
#pragma once

#include "tests/probes/preload/unwind_oracle/other_unwinders.h"

namespace seep::oracle {

// Makes the files of this process in `folder`; false when that fails.
bool OpenLog(const char* folder);

// Counts one stack; writes the first ones that differ. Any thread.
void LogStacks(const Stack& ours, const Stack& by_libgcc, const Stack& by_libunwind, bool is_lost);

// Counts one stack of which the walk was left out, as it had been taken before (walk_trace.h).
void LogRepeated(bool is_equal);

}  // namespace seep::oracle

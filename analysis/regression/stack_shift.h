// SPDX-License-Identifier: Apache-2.0
// Cost shifts: what one call path gained others have lost beside it (FBDetect; analysis.md 2.4.6).
// A refactoring that splits, joins or moves allocations is one, and no regression.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/regression/stack_row.h"

namespace seep::analysis {

// Under this function (a number of StackKeys) the path gained what others lost.
struct Shift {
  uint32_t function = 0;
  Figure figure = kAllocated;
  double gained = 0;  // of all that changed under it
  double lost = 0;
};

// Of each row that is worse in a figure, the innermost function under which all paths that plainly
// changed together gained no more of it than 2 % of what was there or two standard errors,
// whichever is more, and less than half of what those gained that did: one of its first three
// functions of the application, but not the one where all begins, nor one that is on most of all
// paths (more than eight), as a program's own allocator. Nothing for the others.
std::vector<std::optional<Shift>> FindShifts(std::span<const StackRow> rows);

}  // namespace seep::analysis

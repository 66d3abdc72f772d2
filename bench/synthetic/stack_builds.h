// SPDX-License-Identifier: Apache-2.0
// What happens to the call paths of a program when it is built or written anew.
#pragma once

#include <string>
#include <vector>

#include "bench/synthetic/stack_runs.h"

namespace seep::synthetic {

// Another build that allocates the same, or as much by other paths. `index` is a path.
struct Rebuild {
  std::string name;
  CallProgram (*make)(Rng& rng, const CallProgram& program, size_t index);
};

// Names that other compilers and flags give: clones, ABI tags, numbers of lambdas, template
// arguments; functions that are inlined, with debug information (frames stay) or without (they go).
const std::vector<Rebuild>& NewBuilds();

// A function of the path has another name, is called by way of a new one, leaves its allocation to
// a new one, is called from two places instead of one, from one instead of two.
const std::vector<Rebuild>& Refactorings();

// The path allocates more (1.05: 5 %), and holds as much more.
CallProgram Grow(const CallProgram& program, size_t index, double factor);

// The first path with at least this share of all bytes that is steady, or the largest.
size_t PathOfShare(const CallProgram& program, double share);

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
// A program of thousands of stacks that hold memory in healthy ways, and leaks beside them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/synthetic/stack_history.h"
#include "storage/model/run_data.h"

namespace seep::synthetic {

inline constexpr model::TargetId kPopulationTarget{1};

// Sizes are distributed as in programs: most stacks hold next to nothing, few hold much. Four
// stacks share a call site, half of these sites hold memory in one way only.
struct Population {
  model::RunData data;             // one target, its stacks
  std::vector<const char*> kinds;  // of each stack
  double heap_bytes = 0;
};
Population MakePopulation(Rng& rng, Observer& observer, size_t stacks);

// A stack that is called from nowhere else, its id above all others.
model::StackId AddStack(Population& population, Observer& observer, const SampledBlocks& blocks);
// One leak that is reached by many callers: its blocks at `stacks` stacks of one call site.
std::vector<model::StackId> AddSpreadLeak(Rng& rng, Population& population, Observer& observer,
                                          double samples, size_t stacks);
// Takes back what was added since there were so many stacks.
void Shrink(Population& population, size_t stacks);

}  // namespace seep::synthetic

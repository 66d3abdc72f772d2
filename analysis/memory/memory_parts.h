// SPDX-License-Identifier: Apache-2.0
// What the resident memory of a target consisted of, at each of its ticks (analysis.md 2.5).
#pragma once

#include <string>
#include <vector>

#include "storage/model/run_data.h"

namespace seep::analysis {

// Values of all parts at one moment add up to the total: `remainder` is what is left, and is 0 but
// for what has changed between two looks at different moments.
struct MemoryParts {
  struct Part {
    std::string name;  // model::part
    std::vector<double> bytes;
  };
  std::vector<double> time_s;
  std::vector<double> total_bytes;  // resident memory and swap
  std::vector<Part> parts;
};

// From `begin_s` on. What is measured more seldom than RSS is interpolated; what an allocator said
// is held (it is not asked while nothing is allocated). Where smaps could not be read the parts are
// coarse: heap_live, anon_other, file, shmem, swap. Empty without RSS.
MemoryParts SplitMemory(const model::RunData& data, model::TargetId target, double begin_s);

}  // namespace seep::analysis

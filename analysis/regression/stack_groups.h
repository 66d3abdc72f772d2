// SPDX-License-Identifier: Apache-2.0
// The stacks of some runs of one build, those of one call path together: addresses, processes and
// lines differ between runs, names do not.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "analysis/regression/stack_key.h"
#include "storage/model/run_summary.h"

namespace seep::analysis {

// Of a call path in one run, all zero where it was not seen.
struct StackFigures {
  double alloc_bytes = 0;
  double alloc_objects = 0;
  double alloc_samples = 0;
  double live_bytes = 0;
  double live_variance = 0;  // of its sampling, bytes^2
  double live_objects = 0;
  double growth_per_hour = 0;  // bytes
  double growth_low = 0;
};

struct StackGroup {
  model::StackKind kind = model::StackKind::kHeap;
  StackKey key;
  const model::StackSummary* shown = nullptr;  // which allocates most, of the last run that has any
  std::vector<StackFigures> runs;              // by run
  double object_bytes = 0;                     // mean size; 0: not known
};

// By kind and StackKey.full, in the order in which they are first met. The runs outlive the result.
std::vector<StackGroup> GroupStacks(std::span<const model::RunSummary* const> runs,
                                    StackKeys& keys);

}  // namespace seep::analysis

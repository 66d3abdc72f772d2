// SPDX-License-Identifier: Apache-2.0
// Which stacks of a target keep more and more memory: the evidence of every stack, and of stacks
// that share a call site or a function, with the number of tests accounted for, ranked by the
// growth that is certain.
#pragma once

#include <vector>

#include "analysis/series/blocks.h"
#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

struct GrowingStack {
  model::StackVerdict verdict;
  double p_value = 1;  // of a stationary stack
  double deviate = 0;  // growth over its standard error
};

struct StackFindings {
  std::vector<GrowingStack> growing;  // by descending ci_low of the verdict
  size_t tested = 0;                  // stacks with enough survivors to be tested
  size_t moved = 0;      // grow as much as others of the same caller shrink: not among the growing
  double explained = 0;  // share of the growth of all heap stacks that the growing ones are
  // All heap stacks together, without those that grew and stopped: a leak spread over many stacks.
  bool is_growing_together = false;
};

// The least growth over a window that is worth a report: 256 KiB and 0.05 % of what is in use.
double LeastStackGrowth(double level_bytes);

// One life of a process, judged from the end of warm-up to its last snapshot.
struct JudgedLife {
  model::TargetId target{};
  Window window;
};

// Of one life, or of several of one program: the evidence of a stack is then the sum over them, and
// what is in use is that of the last. `heap_level_bytes`: live heap at its end, for the
// least growth that matters; `mapped_level_bytes`: likewise of mappings.
StackFindings FindGrowingStacks(const model::RunData& data, const std::vector<JudgedLife>& lives,
                                double heap_level_bytes, double mapped_level_bytes = 0);

}  // namespace seep::analysis

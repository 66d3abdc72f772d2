// SPDX-License-Identifier: Apache-2.0
// What seep would have stored of a stack whose sampled blocks are known.
#pragma once

#include <cstdint>
#include <vector>

#include "bench/synthetic/stack_blocks.h"
#include "storage/model/stack.h"

namespace seep::synthetic {

// Looks at a target from t = 0 to `duration_s`, every `snapshot_s`. Keeps its scratch memory: for
// many stacks make one of it.
class Observer {
 public:
  Observer(double duration_s, double snapshot_s);
  model::StackHistory Observe(const SampledBlocks& blocks, model::TargetId target,
                              model::StackId id);
  double duration_s() const { return duration_s_; }

 private:
  struct Change {
    int64_t births = 0;
    int64_t live = 0;
    int64_t settled = 0;
    double born_bytes = 0;
    double bytes = 0;
    double variance = 0;
  };
  // The first snapshot at or after this time; one past the last: none.
  size_t SnapshotAt(double t_s) const;

  double duration_s_;
  double snapshot_s_;
  std::vector<Change> changes_;  // a snapshot each
};

}  // namespace seep::synthetic

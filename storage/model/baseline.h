// SPDX-License-Identifier: Apache-2.0
// A baseline: the runs that others are compared with, under a name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/run_summary.h"

namespace seep::model {

inline constexpr size_t kRollingRuns = 10;  // that a rolling baseline keeps, unless told

struct Baseline {
  std::string name;
  bool is_pinned = false;      // a release: it stays as it is. Else rolling: the last runs
  size_t keep = kRollingRuns;  // of a rolling one
  RunKey key{};
  int64_t changed_at_ns = 0;
  std::vector<RunSummary> runs{};  // oldest first
};

}  // namespace seep::model

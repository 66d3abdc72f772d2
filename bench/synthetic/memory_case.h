// SPDX-License-Identifier: Apache-2.0
// Runs whose resident memory grows in a known part, or reaches its limit at a known time, from a
// seed: goals G10 and G11 (analysis.md 4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/synthetic/series_case.h"
#include "storage/model/run_data.h"

namespace seep::synthetic {

// Everything that seep measures of one probed process for two days, or as long as asked.
struct MemoryCase {
  std::string kind;           // "slack + heap_live": what grows, the part that grows most first
  std::string dominant;       // model::part; empty: nothing has a clear majority
  double slope_per_hour = 0;  // of the whole, by truth
  double duration_s = 0;
  model::RunData data;
};
MemoryCase MakeMemoryCase(uint64_t seed);
// Kinds in turn, so that so many seeds in a row have each.
size_t MemoryKinds();

// A series that grows, seen up to `now`, and the time when it first reaches `limit_bytes`.
struct LimitCase {
  std::string family;
  std::vector<model::Point> points;  // up to now
  double duration_s = 0;
  uint64_t limit_bytes = 0;
  double hours_left = 0;  // by truth: the first value at the limit or above
};
LimitCase MakeLimitCase(uint64_t seed);

}  // namespace seep::synthetic

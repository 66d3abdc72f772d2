// SPDX-License-Identifier: Apache-2.0
// Which stacks a flame graph has, and how much of each: what is in use at the end, and what it
// gained while the run was judged. Who resolves frames asks here which of them are wanted.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "analysis/series/blocks.h"
#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::report {

// Every stack that the verdict speaks of.
std::set<model::StackId> NamedStacks(const model::Verdict& verdict);

struct DrawnStack {
  const model::StackHistory* history = nullptr;  // valid as long as the RunData
  double live_bytes = 0;                         // at the last snapshot
  // From the end of warm-up to the last snapshot; absent where there are no two of them.
  std::optional<double> gained_bytes{};
};

// What is not drawn, of one target.
struct UndrawnStacks {
  size_t stacks = 0;
  double live_bytes = 0;
  double gained_bytes = 0;
};

struct StacksToDraw {
  std::vector<DrawnStack> drawn;  // what matters most first
  std::map<model::TargetId, UndrawnStacks> rest;
  std::map<model::TargetId, analysis::Window> judged;  // since the run began; as of gained_bytes
};

inline constexpr size_t kMostDrawnStacks = 5000;

// Those that make 99 % of what is in use and of what was gained or lost, and those of the verdict,
// but not more than kMostDrawnStacks. Of each target its last image: an exec empties the heap.
StacksToDraw ChooseStacks(const model::RunData& data, const model::Verdict& verdict);

}  // namespace seep::report

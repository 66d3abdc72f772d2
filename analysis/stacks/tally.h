// SPDX-License-Identifier: Apache-2.0
// Births and deaths of sampled blocks over the judged window, of one stack or of many: every figure
// may be added over stacks. evidence.h says what they prove.
#pragma once

#include <array>
#include <cstddef>

#include "analysis/series/blocks.h"
#include "storage/model/stack.h"

namespace seep::analysis {

inline constexpr size_t kBirthWindows = 6;  // the judged window is looked at in sixths

// Blocks that churn come and go many times; what is settled has lived through an eighth of the run,
// and of these every one counts (heap_window.h). "Live" is all blocks in use.
struct StackTally {
  double born = 0;       // settled at the end, were not at the begin
  double died = 0;       // were settled at the begin and gone by the end: born - died = change
  double born_late = 0;  // the same two of the second half alone
  double died_late = 0;
  std::array<double, kBirthWindows> settled_net{};  // change of the settled count in each sixth
  double settled_turnover = 0;                      // blocks that came or went, mean of a sixth
  std::array<double, kBirthWindows> live_net{};     // change of the live count
  double live_turnover = 0;
  std::array<double, kBirthWindows> births{};     // sampled allocations
  std::array<double, kBirthWindows> survivors{};  // of them, in use at the end
  double trough_early = 0;  // least live count of the first half, and of the second
  double trough_late = 0;
  double end_live = 0;
  double growth_bytes = 0;     // over the whole window, at the pace of the settled blocks
  double growth_variance = 0;  // by sampling

  StackTally& operator+=(const StackTally& other);
};

// `window`: from the end of warm-up to the target's last snapshot.
StackTally TallyStack(const model::StackHistory& history, const Window& window);

}  // namespace seep::analysis

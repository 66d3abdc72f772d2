// SPDX-License-Identifier: Apache-2.0
// What the samples of one stack say about blocks that are never freed: births and deaths of
// sampled blocks over the usable window, and the growth they estimate (analysis.md 2.4).
#pragma once

#include <array>
#include <cstddef>

#include "analysis/series/blocks.h"
#include "storage/model/stack.h"

namespace seep::analysis {

inline constexpr size_t kBirthWindows = 6;  // the usable window is looked at in sixths

// Sampled blocks over the window. Every figure may be added over stacks.
struct StackTally {
  double born = 0;       // born in the window and alive at its end
  double died = 0;       // alive at its begin and gone by its end: born - died = change of live
  double born_late = 0;  // the same two of the second half alone
  double died_late = 0;
  std::array<double, kBirthWindows> born_per_sixth{};
  std::array<double, kBirthWindows> net_per_sixth{};  // change of the live count
  double turnover_per_sixth = 0;                      // blocks that came or went, mean
  double growth_bytes = 0;
  double growth_variance = 0;

  StackTally& operator+=(const StackTally& other);
};

// What a tally proves.
struct StackEvidence {
  double overdispersion = 1;  // variance of the net change per sixth over its turnover, >= 1
  double p_value = 1;         // of a stationary stack: born ~ Bin(born + died, 1/2)
  double p_late = 1;          // the same over the second half only
  size_t birth_windows = 0;   // sixths that survivors come from
  bool has_stopped = false;   // grew, and not in the end
};

// `window`: from the end of warm-up to the target's last snapshot, both at snapshots.
StackTally TallyStack(const model::StackHistory& history, const Window& window);
StackEvidence WeighTally(const StackTally& tally);

// A sawtooth rises and returns; a leak leaves the least live count of the late half above that of
// the early half.
bool HasRisingTroughs(const model::StackHistory& history, const Window& window);

// Median age at `end_s` of the sampled blocks in use then.
double MedianAge_s(const model::StackHistory& history, double end_s);

// The state at `t_s`: a stack has points only where it changed.
model::StackPoint StateAt(const model::StackHistory& history, double t_s);

}  // namespace seep::analysis

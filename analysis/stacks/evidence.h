// SPDX-License-Identifier: Apache-2.0
// What births and deaths of sampled blocks say about blocks that are never freed (analysis.md 2.4).
#pragma once

#include "analysis/stacks/tally.h"

namespace seep::analysis {

struct StackEvidence {
  double overdispersion = 1;        // variance of the net change per sixth over its turnover, >= 1
  double load_ratio = 1;            // how much more is allocated at the end than at the begin, >= 1
  double p_value = 1;               // of a stationary stack: born ~ Bin(born + died, r / (1 + r))
  double p_late = 1;                // the same over the second half only
  size_t birth_windows = 0;         // sixths that survivors come from
  bool has_stopped = false;         // grew, and not in the end: a cache that is full
  bool has_rising_troughs = false;  // a sawtooth rises and returns, a leak leaves higher troughs
};

StackEvidence WeighTally(const StackTally& tally);

// Growth over its standard error, of sampling and of what comes and goes in batches.
double GrowthDeviate(const StackTally& tally, const StackEvidence& evidence);

}  // namespace seep::analysis

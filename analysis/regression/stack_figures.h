// SPDX-License-Identifier: Apache-2.0
// One figure of one call path, in N runs of the baseline and in the run: is the difference more
// than sampling and the scatter between runs of one build?
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "analysis/regression/stack_groups.h"

namespace seep::analysis {

// What of a call path is compared.
enum Figure : size_t {
  kAllocated,  // bytes per unit
  kLive,       // bytes at the end
  kGrowth,     // bytes in use per unit, where it was found to grow
  kFigureCount,
};

// What allocations and growth of a run are divided by: requests, or hours where one of the runs
// does not know its load. All > 0.
struct Exposure {
  double units = 0;
  double hours = 0;
};

struct FigureChange {
  double base = 0;  // mean of the runs
  double value = 0;
  double standard_error = 0;  // of value - base
  double degrees = 0;         // of freedom of that
  double p_more = 1;          // one-sided, of no change
  double p_less = 1;

  double difference() const { return value - base; }
  double Reach() const;  // half the width of the 95 % interval of the difference
};

using FigureChanges = std::array<FigureChange, kFigureCount>;

// Either may be null: not seen on that side, which is a figure of zero. `exposures` are those of
// the baseline's runs, then the run's.
//
// The error of a difference is that of sampling, which is known (samples are a Poisson process,
// live bytes tell theirs), and the scatter between runs: four runs are taken to be seen that
// scatter by 2 % and by as much as objects do that come at random, before the N of the baseline are
// (the variance is shrunken towards these, analysis.md 2.7.2). Their sum has the degrees of freedom
// of Satterthwaite (1946).
FigureChanges CompareFigures(const StackGroup* base, const StackGroup* run,
                             std::span<const Exposure> exposures);

}  // namespace seep::analysis

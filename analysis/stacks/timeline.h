// SPDX-License-Identifier: Apache-2.0
// One stack's sampled blocks over time, as counts that can be compared: thinning the probe's live
// table drops samples that nobody freed, so earlier counts are scaled to the sampling of today.
#pragma once

#include <vector>

#include "storage/model/stack.h"

namespace seep::analysis {

class Timeline {
 public:
  struct State {
    double t_s = 0;
    double live = 0;
    double settled = 0;  // of these, older than an eighth of the ledger's life
    double least = 0;    // live, at any snapshot since the state before
    double born = 0;     // cumulative
  };

  // `history` must outlive the timeline.
  explicit Timeline(const model::StackHistory& history);

  // A stack has states only where it changed: the last one at or before `t_s`.
  State At(double t_s) const;
  // The least live count from `from_s` to `to_s`.
  double LeastLive(double from_s, double to_s) const;
  // Blocks in use at the end that were born in [from, to). A bin over the border counts with the
  // share of its time inside.
  struct Survivors {
    double samples = 0;
    double bytes = 0;
    double variance = 0;  // of bytes
  };
  Survivors BornIn(double from_s, double to_s) const;
  // Blocks born before this time are settled at `t_s`.
  double SettledBefore(double t_s) const;
  // The begin of the window that `t_s` is in, of a ledger as old as it is at `end_s`: states are
  // exact there.
  double WindowBegin(double t_s, double end_s) const;

 private:
  const model::StackHistory* history_;
  std::vector<State> states_;
};

// The state as stored.
model::StackPoint PointAt(const model::StackHistory& history, double t_s);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// How long the blocks of a stack live, from how many were born in each birth window and how many of
// them are in use at the end.
#pragma once

#include <vector>

#include "analysis/series/blocks.h"
#include "storage/model/stack.h"

namespace seep::analysis {

// Blocks of about one age.
struct Cohort {
  double age_s = 0;
  double born = 0;
  double surviving = 0;
};

// Share of blocks that live longer than an age: falls from 1.
struct SurvivalStep {
  double age_s = 0;
  double share = 0;
};

// The most likely survival function, where of each block only its age and whether it is in use are
// known, not when it was freed: what Kaplan & Meier 1958 is for known times of death. Shares of the
// cohorts, neighbours pooled until they fall with age (Ayer, Brunk, Ewing, Reid & Silverman 1955;
// Groeneboom & Wellner 1992). `cohorts` by rising age.
std::vector<SurvivalStep> EstimateSurvival(const std::vector<Cohort>& cohorts);

struct Survival {
  double never_freed = 0;      // share of blocks that live longer than half of the judged window
  double never_freed_low = 0;  // its one-sided 95 % lower bound
  double lifetime_p50_s = 0;   // half of the blocks are freed by this age; infinite: fewer are
};

// The birth windows of a stack inside `window`, the youngest first; every one, so that those of
// stacks of one ledger may be added. Left truncation: only blocks born after warm-up are looked at.
// What was set up at the start would pass for what is never freed.
std::vector<Cohort> FindCohorts(const model::StackHistory& history, const Window& window);

Survival MeasureSurvival(const std::vector<Cohort>& cohorts, const Window& window);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// Everything the statistics say of one target, and what follows for it alone. verdict.h makes one
// answer out of the findings of all targets.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/load_source.h"
#include "analysis/memory/attribution.h"
#include "analysis/resources.h"
#include "analysis/series/trend.h"
#include "analysis/stacks/growth.h"
#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

struct TargetFindings {
  const model::Target* target = nullptr;  // valid as long as the RunData
  Window life;                            // first seen to last seen
  bool has_probe = false;                 // heap data were to be expected
  size_t snapshots = 0;                   // of the heap
  Trend rss_swap;
  Trend heap_live;
  Trend mapped_live;
  Trend fds;
  Trend threads;
  ResourceFindings resources;
  StackFindings stacks;
  bool are_stacks_judged = false;
  Attribution memory;           // of resident memory and swap
  double detectable_per_s = 0;  // bytes/s: a leak at one stack, or of RSS without heap data
  std::vector<model::SeriesVerdict> series;  // all that was judged

  // The decision, and what it rests on.
  model::GrowthClass growth_class = model::GrowthClass::kInsufficientData;
  std::string shortage;         // why it cannot be judged; empty otherwise
  bool stacks_grow = false;     // growing stacks, and the total of their kind agrees
  bool heap_grows = false;      // live heap as a whole
  bool rss_grows = false;       // resident memory, and slack of the allocator does not explain it
  bool rss_is_ratchet = false;  // the allocator's slack does, and the live heap is flat: a warning
  bool rss_is_slack =
      false;  // rises weakly over a flat live heap, and nothing explains it: likewise
  bool stacks_shift = false;  // stacks grow while others shrink: a warning
};

inline double Lived_s(const TargetFindings& findings) {
  return findings.life.end_s - findings.life.begin_s;
}

// Gone for more than 5 % of the run when it ended.
inline bool HasVanished(const TargetFindings& findings, const model::Run& run) {
  constexpr double kVanishedShare = 0.05;
  return run.duration_s - findings.life.end_s > kVanishedShare * run.duration_s;
}

inline bool MemoryGrows(const TargetFindings& findings) {
  return findings.stacks_grow || findings.heap_grows || findings.rss_grows;
}

inline constexpr size_t kFewestSnapshots = 6;
inline constexpr double kShortLife_s = 40;  // a shorter life leaves less than 30 s after warm-up

// `load`: how often the service was asked; explains what of the series rises and falls with it.
TargetFindings JudgeTarget(const model::RunData& data, const model::Target& target,
                           const LoadCovariate& load = {});

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// What is tested for growth at one level: every stack by itself, or stacks pooled by their call
// site or function.
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/stacks/call_site.h"
#include "analysis/stacks/evidence.h"
#include "analysis/stacks/tally.h"
#include "storage/model/run_data.h"

namespace seep::analysis {

// One stack with what it counted, in all lives that had it.
struct Counted {
  const model::StackHistory* history = nullptr;  // of the last of them
  Window window;                                 // that is judged of that life
  StackTally tally;
  bool has_stopped = false;  // grew, and is full
  bool is_taken = false;     // a finding of a finer level holds it
};

struct Candidate {
  std::vector<size_t> members;  // places in the counted stacks; the fastest grower first
  StackTally tally;
  StackEvidence evidence;
};

// With at least kFewestSurvivors blocks that settled in the window. In the order of the stacks.
inline constexpr double kFewestSurvivors = 6;  // analysis.md 2.4.5
std::vector<Candidate> SingleStacks(const std::vector<Counted>& counted);
// Likewise, of two members at least; without stacks that stopped or are taken.
std::vector<Candidate> PooledStacks(const std::vector<Counted>& counted, const CallSites& sites,
                                    model::StackLevel level);

// FBDetect (SOSP'24), analysis.md 2.4.6: what the candidate gained other stacks of its caller lost,
// for certain, and together they gained nothing to speak of.
bool HasMoved(const Candidate& candidate, const std::vector<Counted>& counted,
              const std::vector<size_t>& of_its_caller);

}  // namespace seep::analysis

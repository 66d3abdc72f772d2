// SPDX-License-Identifier: Apache-2.0
// Programs of known allocations by call path, and what the sampler makes of a run of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/synthetic/random.h"
#include "storage/model/run_summary.h"

namespace seep::synthetic {

enum class Holding {
  kNothing,  // freed with the request
  kFixed,    // from the start on
  kQueue,    // comes and goes at random
  kBatches,  // collected, then freed all at once
};

struct CallPath {
  std::vector<std::string> functions;  // innermost first
  double bytes_per_request = 0;
  double object_bytes = 0;  // mean; a third each of half, once and 1.5 times as much
  double scatter = 0;       // of bytes_per_request between runs, as a share
  Holding holding = Holding::kNothing;
  double held_bytes = 0;       // in use on average
  double growth_per_hour = 0;  // as the analysis of the run finds it, +- 10 %
};

struct CallProgram {
  std::vector<CallPath> paths;
  double TotalPerRequest() const;
};

// Paths of 3 to 12 functions that share callers as in a tree, and some helpers as leaves; bytes per
// request as in programs (most paths next to nothing, few much); half of them hold something.
// Nine of ten paths scatter by 0.5 %, the others by 5 %, between runs.
CallProgram MakeCallProgram(Rng& rng, size_t paths);

// An hour of `requests` on average, all bytes of them `sampled` samples on average.
model::RunSummary RunCallProgram(Rng& rng, const CallProgram& program, double samples);

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
// The sampled blocks of one stack, with births and deaths, from a seed: healthy ways to hold
// memory, and leaks (analysis.md 3).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bench/synthetic/random.h"

namespace seep::synthetic {

inline constexpr double kInterval_bytes = 128 * 1024;  // a sampled small block stands for this
inline constexpr double kForever_s = 1e18;

// `death_s` beyond the run: it survives. `variance`: of its bytes (docs/sampling.md).
struct Block {
  double birth_s = 0;
  double death_s = kForever_s;
  double bytes = kInterval_bytes;
  double variance = kInterval_bytes * kInterval_bytes;
};
using SampledBlocks = std::vector<Block>;

// A queue in balance: about `live` blocks, lives exponential.
SampledBlocks Churn(Rng& rng, double duration_s, double live, double lifetime_s);
// Everything that was born since the last release is freed at the next one.
SampledBlocks BatchFrees(Rng& rng, double duration_s, double per_s, double period_s);
// From the start on, blocks that are never freed.
SampledBlocks Leak(Rng& rng, double duration_s, double samples_per_s);

// Healthy; about `live` blocks in use. All times are drawn as shares of the run.
struct StackFamily {
  std::string name;
  double weight = 0;  // share of the stacks of a program, in sum 1
  std::function<SampledBlocks(Rng&, double duration_s, double live)> make;
};
const std::vector<StackFamily>& HealthyStacks();

// A leak of `samples` blocks over the run, in a stack of this kind.
struct StackLeak {
  std::string name;
  std::function<SampledBlocks(Rng&, double duration_s, double samples)> make;
};
const std::vector<StackLeak>& StackLeaks();

}  // namespace seep::synthetic

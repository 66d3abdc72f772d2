// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/stack_blocks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seep::synthetic {
namespace {

// Births of a Poisson process.
std::vector<double> Births(Rng& rng, double begin_s, double end_s, double per_s) {
  std::vector<double> births;
  for (double t = begin_s + Exponential(rng, 1 / per_s); t < end_s;
       t += Exponential(rng, 1 / per_s)) {
    births.push_back(t);
  }
  return births;
}

SampledBlocks StartUpSet(Rng& rng, double duration_s, double live) {
  return Leak(rng, 0.02 * duration_s, live / (0.02 * duration_s));
}

// Holds the `live` youngest blocks, full from `full_s` on.
SampledBlocks LruCache(Rng& rng, double duration_s, double live, double full_s) {
  const auto capacity = static_cast<size_t>(std::max(1.0, live));
  const std::vector<double> births = Births(rng, 0, duration_s, live / full_s);
  SampledBlocks blocks;
  for (size_t i = 0; i < births.size(); ++i) {
    const size_t evictor = i + capacity;
    blocks.push_back({births[i], evictor < births.size() ? births[evictor] : kForever_s});
  }
  return blocks;
}

SampledBlocks TtlCache(Rng& rng, double duration_s, double live, double ttl_s) {
  SampledBlocks blocks;
  for (const double birth_s : Births(rng, 0, duration_s, live / ttl_s)) {
    blocks.push_back({birth_s, birth_s + ttl_s});
  }
  return blocks;
}

// A table that doubles when it is full: one block, freed when the next one is there. It fills ever
// more slowly, as one of distinct keys does.
SampledBlocks DoublingTable(Rng& rng, double duration_s, double live) {
  SampledBlocks blocks;
  double bytes = live * kInterval_bytes / 8;
  double birth_s = duration_s * Uniform(rng, 0, 0.1);
  for (double lives_s = duration_s * LogUniform(rng, 0.01, 0.2); birth_s < duration_s;
       birth_s = blocks.back().death_s, lives_s *= 2, bytes *= 2) {
    const double kept = -std::expm1(-bytes / kInterval_bytes);  // the chance to be sampled
    if (Uniform(rng, 0, 1) < kept) {
      blocks.push_back(
          {birth_s, birth_s + lives_s, bytes / kept, bytes * bytes * (1 - kept) / (kept * kept)});
    } else {
      blocks.push_back({birth_s, birth_s + lives_s, 0, 0});
    }
  }
  std::erase_if(blocks, [](const Block& block) { return block.bytes == 0; });
  return blocks;
}

// Sessions: there are as many as there is load, which has a cycle of half of the run.
SampledBlocks FollowsLoad(Rng& rng, double duration_s, double live) {
  const double lifetime_s = duration_s * LogUniform(rng, 0.005, 0.05);
  const double depth = Uniform(rng, 0.2, 0.7);
  const double phase = Uniform(rng, 0, 2 * std::numbers::pi);
  SampledBlocks blocks;
  for (const double t : Births(rng, 0, duration_s, live * (1 + depth) / lifetime_s)) {
    const double load = 1 + depth * std::sin(4 * std::numbers::pi * t / duration_s + phase);
    if (Uniform(rng, 0, 1 + depth) > load) continue;
    blocks.push_back({t, t + Exponential(rng, lifetime_s)});
  }
  return blocks;
}

SampledBlocks Both(SampledBlocks a, const SampledBlocks& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

SampledBlocks Churn(Rng& rng, double duration_s, double live, double lifetime_s) {
  SampledBlocks blocks;
  // In balance at the start: as many as are born in one lifetime, each with a life to live.
  for (const double birth_s : Births(rng, 0, lifetime_s, live / lifetime_s)) {
    static_cast<void>(birth_s);
    blocks.push_back({0, Exponential(rng, lifetime_s)});
  }
  for (const double birth_s : Births(rng, 0, duration_s, live / lifetime_s)) {
    blocks.push_back({birth_s, birth_s + Exponential(rng, lifetime_s)});
  }
  return blocks;
}

SampledBlocks BatchFrees(Rng& rng, double duration_s, double per_s, double period_s) {
  SampledBlocks blocks;
  double release_s = Uniform(rng, 0, period_s);
  for (const double birth_s : Births(rng, 0, duration_s, per_s)) {
    while (release_s < birth_s) release_s += period_s * Uniform(rng, 0.8, 1.2);
    blocks.push_back({birth_s, release_s});
  }
  return blocks;
}

SampledBlocks Leak(Rng& rng, double duration_s, double samples_per_s) {
  SampledBlocks blocks;
  for (const double birth_s : Births(rng, 0, duration_s, samples_per_s)) {
    blocks.push_back({birth_s});
  }
  return blocks;
}

const std::vector<StackFamily>& HealthyStacks() {
  static const std::vector<StackFamily> families = {
      {"short lives", 0.37,
       [](Rng& rng, double duration_s, double live) {
         return Churn(rng, duration_s, live, duration_s * LogUniform(rng, 0.002, 0.05));
       }},
      {"long lives", 0.15,
       [](Rng& rng, double duration_s, double live) {
         return Churn(rng, duration_s, live, duration_s * LogUniform(rng, 0.05, 1));
       }},
      {"batched frees", 0.12,
       [](Rng& rng, double duration_s, double live) {
         const double period_s = duration_s * LogUniform(rng, 0.01, 0.3);
         return BatchFrees(rng, duration_s, 2 * live / period_s, period_s);
       }},
      {"start-up set", 0.18, StartUpSet},
      {"LRU cache", 0.06,
       [](Rng& rng, double duration_s, double live) {
         return LruCache(rng, duration_s, live, duration_s * LogUniform(rng, 0.02, 0.75));
       }},
      {"TTL cache", 0.04,
       [](Rng& rng, double duration_s, double live) {
         return TtlCache(rng, duration_s, live, duration_s * LogUniform(rng, 0.02, 0.5));
       }},
      {"cache that fills", 0.03,
       [](Rng& rng, double duration_s, double live) {
         const double full_s = duration_s * Uniform(rng, 0.05, 0.75);
         return Leak(rng, full_s, live / full_s);
       }},
      {"doubling table", 0.02, DoublingTable},
      {"follows load", 0.03, FollowsLoad},
  };
  return families;
}

const std::vector<StackLeak>& StackLeaks() {
  static const std::vector<StackLeak> leaks = {
      {"alone", [](Rng& rng, double duration_s,
                   double samples) { return Leak(rng, duration_s, samples / duration_s); }},
      {"beside churn",
       [](Rng& rng, double duration_s, double samples) {
         return Both(Leak(rng, duration_s, samples / duration_s),
                     Churn(rng, duration_s, LogUniform(rng, 5, 40),
                           duration_s * LogUniform(rng, 0.002, 0.1)));
       }},
      {"beside batched frees",
       [](Rng& rng, double duration_s, double samples) {
         const double period_s = duration_s * LogUniform(rng, 0.01, 0.1);
         return Both(Leak(rng, duration_s, samples / duration_s),
                     BatchFrees(rng, duration_s, 2 * LogUniform(rng, 5, 40) / period_s, period_s));
       }},
  };
  return leaks;
}

}  // namespace seep::synthetic

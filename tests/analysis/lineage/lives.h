// SPDX-License-Identifier: Apache-2.0
// Lives of one program with a known truth, from a seed.
#pragma once

#include <cmath>
#include <functional>
#include <vector>

#include "analysis/lineage/panel.h"
#include "tests/analysis/synthetic.h"

namespace seep::synthetic {

struct LivesSpec {
  size_t lives = 7;
  double life_s = 7200;
  double spread = 0.3;  // of the length of a life, both ways, uniform
  double tick_s = 60;
  double noise = 0.5 * kMiB;   // standard deviation
  double phi = 0.8;            // from tick to tick
  double level = 60 * kMiB;    // of the first life
  double level_sd = 3 * kMiB;  // from life to life
  double warm_up = 0;          // bytes, exponential
  double warm_up_share = 0.1;  // its time constant, of life_s
  double per_s = 0;            // leak, bytes
  double start_per_life = 0;   // bytes that each start has more than the one before
};

inline std::vector<analysis::LifeSeries> MakeLives(Rng& rng, const LivesSpec& spec) {
  std::vector<analysis::LifeSeries> lives;
  double begin_s = 0;
  for (size_t i = 0; i < spec.lives; ++i) {
    const double length_s = spec.life_s * (1 + Uniform(rng, -spec.spread, spec.spread));
    const double level =
        spec.level + spec.level_sd * Normal(rng) + spec.start_per_life * static_cast<double>(i);
    const double warm_up = spec.warm_up * Uniform(rng, 0.7, 1.3);
    const auto shape = [&](double x) {
      const double age_s = x * length_s;
      return level + spec.per_s * age_s +
             warm_up * (1 - std::exp(-age_s / (spec.warm_up_share * spec.life_s)));
    };
    lives.push_back(
        {begin_s, length_s, Measure(rng, {length_s, spec.tick_s}, shape, spec.noise, spec.phi)});
    begin_s += length_s + 5;
  }
  return lives;
}

}  // namespace seep::synthetic

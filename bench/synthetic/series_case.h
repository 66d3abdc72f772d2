// SPDX-License-Identifier: Apache-2.0
// Series with a known truth, from a seed (analysis.md 3): healthy shapes, their sums, and leaks
// laid over them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/synthetic/random.h"
#include "storage/model/series.h"

namespace seep::synthetic {

using Values = std::vector<double>;

// How and under which load a run is measured. One value a minute in a run of two days; everything
// scales with its length.
struct Scene {
  double duration_s = 48 * 3600;
  double step_s = 60;
  bool is_irregular = false;  // jitter, and up to 15 % missing
  Values load{};              // one value a step, mean 1; empty: constant and unknown

  size_t size() const { return static_cast<size_t>(duration_s / step_s) + 1; }
  double hours() const { return duration_s / 3600; }
  // Of something that takes so many hours in a run of 48.
  double Steps(double hours_of_48) const { return hours_of_48 / 48 * static_cast<double>(size()); }
};

// A healthy shape as a share of the level: one value a step.
struct Family {
  std::string name;
  bool is_load = false;  // it makes the load and follows it
  std::function<Values(Rng&, Scene&)> make;
};
const std::vector<Family>& HealthyFamilies();

// `rise`: of the level over the whole run, had it leaked from start to end.
struct Overlay {
  std::string name;
  // As much an hour, or a request, from start to end.
  bool is_steady = false;
  std::function<Values(Rng&, const Scene&, double rise)> make;
};
const std::vector<Overlay>& LeakOverlays();

struct Case {
  std::string family;   // "steps + ratchet"
  std::string overlay;  // empty: healthy
  bool is_leak = false;
  double rise = 0;  // share of the level over the run
  // Of the leak, in bytes: of a steady one over the run (at its mean load), else over the last
  // quarter.
  double slope_per_s = 0;
  double level = 0;  // bytes
  double duration_s = 0;
  std::vector<model::Point> points;  // bytes
  std::vector<model::Point> load;    // empty: none known
};

// What is asked of the generator; the same seed gives the same case.
struct Recipe {
  std::vector<const Family*> families;
  const Overlay* overlay = nullptr;
  double rise = 0;
  double duration_s = 48 * 3600;
  double step_s = 60;
  bool has_load = true;  // is the load known to the analysis?
};
Case MakeCase(uint64_t seed, const Recipe& recipe);

}  // namespace seep::synthetic

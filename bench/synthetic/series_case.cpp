// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/series_case.h"

#include <algorithm>
#include <cmath>

namespace seep::synthetic {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kPage = 4096;

// Times of measurement: exact, or with jitter and holes.
std::vector<model::Point> Measure(Rng& rng, const Scene& scene, const Values& values) {
  std::vector<model::Point> points;
  const double missing = scene.is_irregular ? Uniform(rng, 0, 0.15) : 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double jitter = scene.is_irregular ? Uniform(rng, 0, 0.5) : 0;
    if (scene.is_irregular && Uniform(rng, 0, 1) < missing) continue;
    points.push_back({(static_cast<double>(i) + jitter) * scene.step_s, values[i]});
  }
  return points;
}

}  // namespace

Case MakeCase(uint64_t seed, const Recipe& recipe) {
  Rng rng(seed);
  Scene scene{.duration_s = recipe.duration_s, .step_s = recipe.step_s, .load = {}};
  scene.is_irregular = Uniform(rng, 0, 1) < 0.3;
  Case made;
  made.duration_s = recipe.duration_s;
  made.level = LogUniform(rng, 20 * kMiB, 64 * 1024 * kMiB);
  const double noise = LogUniform(rng, 0.001, 0.03);
  Values values(scene.size(), 1.0);
  for (const Family* family : recipe.families) {
    made.family += (made.family.empty() ? "" : " + ") + family->name;
    const Values part = family->make(rng, scene);
    for (size_t i = 0; i < values.size(); ++i) values[i] += part[i];
  }
  for (double& value : values) value += noise / 4 * Normal(rng);
  if (recipe.overlay != nullptr) {
    made.overlay = recipe.overlay->name;
    made.rise = recipe.rise;
    const Values leak = recipe.overlay->make(rng, scene, recipe.rise);
    for (size_t i = 0; i < values.size(); ++i) values[i] += leak[i];
    const size_t from = recipe.overlay->is_steady ? 0 : leak.size() * 3 / 4;
    made.slope_per_s = made.level * (leak.back() - leak[from]) /
                       (static_cast<double>(leak.size() - 1 - from) * scene.step_s);
    made.is_leak = made.slope_per_s > 0;
  }
  for (double& value : values) {
    value = kPage * std::round(std::max(value, 0.05) * made.level / kPage);
  }
  made.points = Measure(rng, scene, values);
  if (recipe.has_load && !scene.load.empty()) made.load = Measure(rng, scene, scene.load);
  return made;
}

}  // namespace seep::synthetic

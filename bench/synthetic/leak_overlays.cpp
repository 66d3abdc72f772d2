// SPDX-License-Identifier: Apache-2.0
// What leaks look like. `rise` is a share of the level, had it leaked through the whole run.
#include <algorithm>
#include <cmath>

#include "bench/synthetic/series_case.h"

namespace seep::synthetic {
namespace {

// Value at step i of a run that has leaked for a share x of it.
template <typename Grow>
Values Over(const Scene& scene, Grow grow) {
  Values values;
  for (size_t i = 0; i < scene.size(); ++i) {
    values.push_back(grow(static_cast<double>(i) / static_cast<double>(scene.size() - 1)));
  }
  return values;
}

Values PerRequest(Rng&, const Scene& scene, double rise) {
  if (scene.load.empty()) return Over(scene, [=](double x) { return rise * x; });
  Values values;
  double requests = 0;
  for (const double load : scene.load) values.push_back(requests += load);
  for (double& value : values) value *= rise / requests;
  return values;
}

Values PerError(Rng& rng, const Scene& scene, double rise) {
  const double batches = LogUniform(rng, 100, 1000);
  Values values;
  double leaked = 0;
  for (size_t i = 0; i < scene.size(); ++i) {
    values.push_back(leaked);
    if (Uniform(rng, 0, 1) < batches / static_cast<double>(scene.size())) {
      leaked += rise / batches * -std::log(1 - Uniform(rng, 0, 1));
    }
  }
  return values;
}

Values Hourly(Rng& rng, const Scene& scene, double rise) {
  const double jobs = Uniform(rng, 12, 48);
  const double phase = Uniform(rng, 0, 1);
  return Over(scene, [=](double x) { return rise / jobs * std::floor(x * jobs + phase); });
}

}  // namespace

const std::vector<Overlay>& LeakOverlays() {
  static const std::vector<Overlay> overlays{
      {"per time", true,
       [](Rng&, const Scene& scene, double rise) {
         return Over(scene, [=](double x) { return rise * x; });
       }},
      {"per request", true, PerRequest},
      {"per error", false, PerError},
      {"hourly job", false, Hourly},
      {"onset", false,
       [](Rng& rng, const Scene& scene, double rise) {
         const double onset = Uniform(rng, 0.1, 0.6);
         return Over(scene, [=](double x) { return rise * std::max(0.0, x - onset); });
       }},
      {"accelerating", false,
       [](Rng&, const Scene& scene, double rise) {
         return Over(scene, [=](double x) { return rise * (x + x * x) / 2; });
       }},
      {"stops", false,
       [](Rng& rng, const Scene& scene, double rise) {
         const double stop = Uniform(rng, 0.2, 0.7);
         return Over(scene, [=](double x) { return rise * std::min(x, stop); });
       }},
  };
  return overlays;
}

}  // namespace seep::synthetic

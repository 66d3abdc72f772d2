// SPDX-License-Identifier: Apache-2.0
// Shapes of healthy processes. Sizes are shares of the level, times are hours of a run of 48.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "bench/synthetic/series_case.h"

namespace seep::synthetic {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;

Values Flat(const Scene& scene) {
  return Values(scene.size(), 0.0);
}

// Stationary AR(1), `phi` from minute to minute of a run of 48 h.
Values Autoregressive(Rng& rng, const Scene& scene, double phi, double sd) {
  const double per_step = std::pow(phi, 48 * 60 / static_cast<double>(scene.size()));
  Values values;
  double noise = sd * Normal(rng);
  for (size_t i = 0; i < scene.size(); ++i) {
    values.push_back(noise);
    noise = per_step * noise + sd * std::sqrt(1 - per_step * per_step) * Normal(rng);
  }
  return values;
}

Family Noise(const char* name, double phi) {
  return {name, false, [phi](Rng& rng, Scene& scene) {
            return Autoregressive(rng, scene, phi, LogUniform(rng, 0.002, 0.05));
          }};
}

Values FollowLoad(Rng& rng, const Scene& scene, double share) {
  // Connections are opened at once and closed late: half follows with a delay.
  const double delay = Uniform(rng, 0, scene.Steps(1));
  Values values;
  double slow = scene.load[0];
  for (const double load : scene.load) {
    slow += (load - slow) / (1 + delay);
    values.push_back(share * ((load + slow) / 2 - 1));
  }
  return values;
}

Values Diurnal(Rng& rng, Scene& scene) {
  const double depth = Uniform(rng, 0.3, 0.9);
  const double phase = Uniform(rng, 0, kTwoPi);
  const Values wobble = Autoregressive(rng, scene, 0.98, 0.05);
  scene.load = Flat(scene);
  for (size_t i = 0; i < scene.size(); ++i) {
    const double day = static_cast<double>(i) / scene.Steps(24);
    scene.load[i] = std::max(0.05, 1 + depth * std::sin(kTwoPi * day + phase) + wobble[i]);
  }
  return FollowLoad(rng, scene, Uniform(rng, 0.05, 0.4));
}

Values LoadRamp(Rng& rng, Scene& scene) {
  const int pieces = Integer(rng, 1, 4);
  scene.load = Flat(scene);
  double level = Uniform(rng, 0.4, 1);
  size_t i = 0;
  for (int piece = 0; piece < pieces; ++piece) {
    const double next = Uniform(rng, 0.6, 2);
    const size_t end = piece + 1 == pieces ? scene.size()
                                           : scene.size() * static_cast<size_t>(piece + 1) /
                                                 static_cast<size_t>(pieces);
    const double ramp = Uniform(rng, 1, scene.Steps(12));
    for (const size_t begin = i; i < end; ++i) {
      const double x = std::min(1.0, static_cast<double>(i - begin) / ramp);
      scene.load[i] = (level + (next - level) * x) * (1 + 0.03 * Normal(rng));
    }
    level = next;
  }
  return FollowLoad(rng, scene, Uniform(rng, 0.05, 0.4));
}

// `period` in steps; each tooth has its own height.
Values Sawtooth(Rng& rng, const Scene& scene, double period, double height) {
  Values values;
  double x = Uniform(rng, 0, 1);
  double tooth = 1;
  for (size_t i = 0; i < scene.size(); ++i) {
    values.push_back(height * tooth * x);
    x += 1 / period / tooth;
    if (x < 1) continue;
    x = std::fmod(x, 1.0);
    tooth = Uniform(rng, 0.8, 1.2);
  }
  return values;
}

Values WarmUp(Rng& rng, Scene& scene) {
  const double tau = scene.Steps(LogUniform(rng, 0.2, 16));
  const double second = scene.Steps(LogUniform(rng, 0.2, 16));
  const double height = LogUniform(rng, 0.05, 1);
  const int kind = Integer(rng, 0, 2);
  const double all = std::log1p(static_cast<double>(scene.size()) / tau);
  Values values;
  for (size_t i = 0; i < scene.size(); ++i) {
    const auto t = static_cast<double>(i);
    const double one = 1 - std::exp(-t / tau);
    const double two = 0.6 * one + 0.4 * (1 - std::exp(-t / second));
    values.push_back(height * (kind == 0 ? one : kind == 1 ? two : std::log1p(t / tau) / all));
  }
  return values;
}

Values CacheFill(Rng& rng, Scene& scene) {
  const double full = scene.Steps(Uniform(rng, 2, 30));
  const double height = LogUniform(rng, 0.05, 1);
  Values values;
  for (size_t i = 0; i < scene.size(); ++i) {
    values.push_back(height * std::min(1.0, static_cast<double>(i) / full));
  }
  return values;
}

Values Steps(Rng& rng, Scene& scene) {
  Values values = Flat(scene);
  for (int step = Integer(rng, 1, 6); step > 0; --step) {
    const auto at = static_cast<size_t>(Uniform(rng, 0, 1) * static_cast<double>(scene.size()));
    const double size = LogUniform(rng, 0.01, 0.3) * (Uniform(rng, 0, 1) < 0.6 ? 1 : -1);
    for (size_t i = at; i < scene.size(); ++i) values[i] += size;
  }
  return values;
}

// Down, up again through a warm-up of its own, to another level.
Values ConfigReload(Rng& rng, Scene& scene) {
  Values values = Flat(scene);
  const auto at = static_cast<size_t>(Uniform(rng, 0.1, 0.9) * static_cast<double>(scene.size()));
  const double dip = Uniform(rng, 0.05, 0.5);
  const double after = Uniform(rng, -0.1, 0.1);
  const double tau = scene.Steps(LogUniform(rng, 0.05, 2));
  for (size_t i = at; i < scene.size(); ++i) {
    values[i] = after - (dip + after) * std::exp(-static_cast<double>(i - at) / tau);
  }
  return values;
}

// An allocator that never gives back: the highest use so far.
Values Ratchet(Rng& rng, Scene& scene) {
  const Values use =
      Autoregressive(rng, scene, Uniform(rng, 0.9, 0.995), LogUniform(rng, 0.01, 0.1));
  Values values;
  double highest = use[0];
  for (const double now : use) {
    highest = std::max(highest, now);
    values.push_back(highest + 0.1 * (now - highest));
  }
  return values;
}

// Resident in quanta of 2 MiB, the more visible the smaller the process.
Values HugePages(Rng& rng, Scene& scene) {
  const double quantum = LogUniform(rng, 0.0005, 0.05);
  Values values =
      Autoregressive(rng, scene, Uniform(rng, 0.9, 0.99), LogUniform(rng, 0.5, 3) * quantum);
  for (double& value : values) value = quantum * std::round(value / quantum);
  return values;
}

Values Bursts(Rng& rng, Scene& scene) {
  Values values = Flat(scene);
  for (int burst = Integer(rng, 2, 40); burst > 0; --burst) {
    const auto at = static_cast<size_t>(Uniform(rng, 0, 1) * static_cast<double>(scene.size()));
    const auto length = static_cast<size_t>(1 + scene.Steps(LogUniform(rng, 0.02, 1)));
    const double height = LogUniform(rng, 0.05, 2);
    for (size_t i = at; i < std::min(at + length, scene.size()); ++i) values[i] += height;
  }
  return values;
}

// A collector that leaves a little behind each time, and a compaction that clears it.
Values Compaction(Rng& rng, Scene& scene) {
  const double minor = scene.Steps(LogUniform(rng, 0.1, 0.5));
  const double major = scene.Steps(Uniform(rng, 2, 8));
  const double height = LogUniform(rng, 0.05, 0.5);
  Values values = Sawtooth(rng, scene, minor, height / 2);
  const Values slow = Sawtooth(rng, scene, major, height);
  for (size_t i = 0; i < values.size(); ++i) values[i] += slow[i];
  return values;
}

}  // namespace

const std::vector<Family>& HealthyFamilies() {
  static const std::vector<Family> families{
      {"constant", false, [](Rng&, Scene& scene) { return Flat(scene); }},
      Noise("AR .5", 0.5),
      Noise("AR .9", 0.9),
      Noise("AR .99", 0.99),
      Noise("AR .998", 0.998),
      {"diurnal", true, Diurnal},
      {"load ramp", true, LoadRamp},
      {"sawtooth", false,
       [](Rng& rng, Scene& scene) {
         const double period = scene.Steps(LogUniform(rng, 1.0 / 60, 6));
         return Sawtooth(rng, scene, period, LogUniform(rng, 0.2, 3));
       }},
      {"warm-up", false, WarmUp},
      {"cache fill", false, CacheFill},
      {"steps", false, Steps},
      {"config reload", false, ConfigReload},
      {"ratchet", false, Ratchet},
      {"huge pages", false, HugePages},
      {"bursts", false, Bursts},
      {"compaction", false, Compaction},
  };
  return families;
}

}  // namespace seep::synthetic

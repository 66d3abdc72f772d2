// SPDX-License-Identifier: Apache-2.0
// What a healthy series may do beside noise: step to another level, warm up, fill and stop, follow
// a cycle, have one wild block. Each is a column that can stand beside the line (analysis.md 2.1.2,
// 2.2.1).
#pragma once

#include <span>
#include <vector>

namespace seep::analysis {

enum class ShapeKind {
  kStep,          // to a new level
  kSaturation,    // rises ever more slowly: 1 - exp(-x / tau), log(1 + x / tau)
  kBend,          // one slope before, another after: fills and stops, or begins late
  kLateRise,      // faster in the last part of the run: too short to be judged as growth
  kAcceleration,  // rises ever faster
  kCycle,         // two columns: sine and cosine
  kImpulse,       // one block
};

// A share of the run. A rise that begins later is too short to be told from a step or a wander.
inline constexpr double kLatestBegin = 0.7;

struct Shape {
  ShapeKind kind = ShapeKind::kStep;
  double at = 0;  // where, or its time constant, or its period, as a share of the run
  std::vector<std::vector<double>> columns;
  bool is_upward = false;  // only with an effect above 0
};

// All that may be tried on blocks at `x`, ascending in 0-1. `day`: 24 h as a share of the run, a
// cycle of its own when the run holds one and a half.
std::vector<Shape> CandidateShapes(std::span<const double> x, double day);

}  // namespace seep::analysis

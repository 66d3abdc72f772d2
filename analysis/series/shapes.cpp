// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/shapes.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seep::analysis {
namespace {

constexpr size_t kEdgeBlocks = 2;  // a step needs this many blocks on both sides
// Close together: with little noise a curve that is nearly right leaves a slope behind.
constexpr double kLeastTime = 0.015;  // of 1 - exp(-x / tau)
constexpr double kLeastLogTime = 0.002;
constexpr double kMostTime = 0.9;
constexpr double kTimeRatio = 1.3;
constexpr double kLogTimeRatio = 1.5;
// What is released after the start is released soon: a slow curve downwards would be an
// acceleration whose slope lies beyond the end of the run.
constexpr double kSlowTime = 0.3;
constexpr double kBends[] = {0.1,  0.15, 0.2,  0.25, 0.3,  0.35, 0.4,  0.45, 0.5,
                             0.55, 0.6,  0.65, 0.7,  0.75, 0.8,  0.85, 0.9};
// What rises ever faster rises at the slope of the line here: the middle of the last quarter.
constexpr double kNow = 0.875;
constexpr double kPeriods[] = {1.0 / 2, 1.0 / 2.5, 1.0 / 3, 1.0 / 4, 1.0 / 5, 1.0 / 6, 1.0 / 8};
constexpr double kMostOfRun = 2.0 / 3;  // a cycle must come round at least one and a half times

template <typename Function>
std::vector<double> Column(std::span<const double> x, Function function) {
  std::vector<double> column;
  column.reserve(x.size());
  for (const double value : x) column.push_back(function(value));
  return column;
}

Shape Cycle(std::span<const double> x, double period) {
  const double turn = 2 * std::numbers::pi / period;
  return {ShapeKind::kCycle,
          period,
          {Column(x, [=](double t) { return std::sin(turn * t); }),
           Column(x, [=](double t) { return std::cos(turn * t); })}};
}

}  // namespace

std::vector<Shape> CandidateShapes(std::span<const double> x, double day) {
  std::vector<Shape> shapes;
  for (size_t at = kEdgeBlocks; at + kEdgeBlocks <= x.size(); ++at) {
    const double from = x[at];
    shapes.push_back({ShapeKind::kStep, from, {Column(x, [=](double t) { return t >= from; })}});
  }
  for (size_t at = 0; at < x.size(); ++at) {
    const double only = x[at];
    shapes.push_back({ShapeKind::kImpulse, only, {Column(x, [=](double t) { return t == only; })}});
  }
  for (double tau = kLeastTime; tau < kMostTime; tau *= kTimeRatio) {
    shapes.push_back({ShapeKind::kSaturation,
                      tau,
                      {Column(x, [=](double t) { return 1 - std::exp(-t / tau); })},
                      tau > kSlowTime});
  }
  for (double tau = kLeastLogTime; tau < kMostTime; tau *= kLogTimeRatio) {
    shapes.push_back({ShapeKind::kSaturation,
                      tau,
                      {Column(x, [=](double t) { return std::log1p(t / tau); })},
                      tau > kSlowTime});
  }
  for (const double bend : kBends) {
    const bool is_late = bend > kLatestBegin;
    shapes.push_back({ShapeKind::kBend,
                      bend,
                      {Column(x, [=](double t) { return std::min(t, bend); })},
                      is_late});
    if (!is_late) continue;
    // The line is what it was before.
    shapes.push_back({ShapeKind::kLateRise,
                      bend,
                      {Column(x, [=](double t) { return std::max(0.0, t - bend); })},
                      true});
  }
  shapes.push_back({ShapeKind::kAcceleration,
                    kNow,
                    {Column(x, [](double t) { return (t - kNow) * (t - kNow); })},
                    true});
  for (const double period : kPeriods) shapes.push_back(Cycle(x, period));
  if (day > 0 && day <= kMostOfRun) shapes.push_back(Cycle(x, day));
  return shapes;
}

}  // namespace seep::analysis

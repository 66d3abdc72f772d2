// SPDX-License-Identifier: Apache-2.0
// Runs with a known truth, from a seed: series of healthy and of leaking shapes, and whole runs
// made of them and of the stacks of bench/synthetic.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/synthetic/series_case.h"
#include "bench/synthetic/stack_history.h"
#include "storage/model/run_data.h"

namespace seep::synthetic {

using Points = std::vector<model::Point>;

inline constexpr double kKiB = 1024;
inline constexpr double kMiB = 1024 * kKiB;

// How a series is measured.
struct Sampling {
  double duration_s = 3600;
  double tick_s = 5;
  double jitter = 0.2;  // of a tick, uniform
  double missing = 0.01;
};

// The value at time x of the run, in shares of its length, without noise.
using Shape = std::function<double(double x)>;

// `shape` measured with AR(1) noise of lag-1 autocorrelation `phi` and standard deviation `sd`.
Points Measure(Rng& rng, const Sampling& sampling, const Shape& shape, double sd, double phi);

// One target, probed, whose heap is `stacks` and whose resident memory is the heap, something
// flat and noise.
struct RunSpec {
  double duration_s = 3600;
  double tick_s = 2;
  double snapshot_s = 10;
  double base_bytes = 20 * kMiB;
  std::vector<SampledBlocks> stacks;
};
model::RunData MakeRun(Rng& rng, const RunSpec& spec);

// Adds a series to the first target.
void AddSeries(model::RunData& data, const std::string& metric, const std::string& unit,
               Points points);

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/stack_runs.h"

#include <algorithm>
#include <cmath>

namespace seep::synthetic {
namespace {

constexpr double kRequests = 200'000;
constexpr double kJudged_s = 3600;
constexpr double kTail = 0.9;  // Pareto: the largest of 500 paths has a tenth of all bytes
constexpr double kSizes[] = {0.5, 1, 1.5};

std::string FunctionName(size_t number) {
  const std::string module = "part" + std::to_string(number % 17);
  const std::string name = "Step" + std::to_string(number);
  switch (number % 4) {
    case 0:
      return "app::" + module + "::" + name + "(int)";
    case 1:
      return "void app::" + module + "::" + name +
             "<std::vector<int, std::allocator<int> > >(long)";
    case 2:
      return "app::" + module + "::(anonymous namespace)::" + name + "(std::string const&) const";
    default:
      return module + "_" + name;
  }
}

// Callers above a function of the tree: each function has one.
std::vector<std::string> PathAbove(size_t function) {
  std::vector<std::string> path;
  for (; function > 0; function = (function - 1) / 3) path.push_back(FunctionName(function));
  path.push_back("main");
  return path;
}

Holding PickHolding(Rng& rng) {
  const double pick = Uniform(rng, 0, 1);
  return pick < 0.5   ? Holding::kNothing
         : pick < 0.7 ? Holding::kFixed
         : pick < 0.9 ? Holding::kQueue
                      : Holding::kBatches;
}

// Of the objects in use now, from their mean.
double HeldNow(Rng& rng, Holding holding, double objects) {
  switch (holding) {
    case Holding::kNothing:
      return 0;
    case Holding::kFixed:
      return objects;
    case Holding::kQueue:
      return Poisson(rng, objects);
    case Holding::kBatches:
      break;
  }
  return Uniform(rng, 0, 2 * objects);
}

// What the sampler knows of `objects` of one size (docs/sampling.md).
struct Sampled {
  double bytes = 0;
  double variance = 0;
  double objects = 0;
  double samples = 0;
};
Sampled Sample(Rng& rng, double objects, double object_bytes, double interval_bytes) {
  const double p = -std::expm1(-object_bytes / interval_bytes);
  const double spread = std::sqrt(objects * p * (1 - p));
  constexpr double kNormalFrom = 5;
  const double samples = spread > kNormalFrom
                             ? std::round(objects * p + spread * Normal(rng))
                             : std::min(std::round(objects), Poisson(rng, objects * p));
  return {samples * object_bytes / p, samples * object_bytes * object_bytes * (1 - p) / (p * p),
          samples / p, samples};
}

model::StackSummary RunPath(Rng& rng, const CallPath& path, double requests,
                            double interval_bytes) {
  model::StackSummary stack;
  for (const std::string& function : path.functions) {
    stack.frames.push_back({function, "", 0, "app", false});
  }
  const double bytes = requests * path.bytes_per_request * std::exp(path.scatter * Normal(rng));
  for (const double size : kSizes) {
    const double object_bytes = size * path.object_bytes;
    const double mean_bytes = path.object_bytes * static_cast<double>(std::size(kSizes));
    const double objects = Poisson(rng, bytes / mean_bytes);
    const Sampled allocated = Sample(rng, objects, object_bytes, interval_bytes);
    stack.alloc_bytes += allocated.bytes;
    stack.alloc_objects += allocated.objects;
    stack.alloc_samples += static_cast<uint64_t>(allocated.samples);
    const double held = HeldNow(rng, path.holding, path.held_bytes / mean_bytes);
    const Sampled live = Sample(rng, held, object_bytes, interval_bytes);
    stack.live_bytes += live.bytes;
    stack.live_bytes_se += live.variance;
    stack.live_objects += live.objects;
  }
  stack.live_bytes_se = std::sqrt(stack.live_bytes_se);
  if (path.growth_per_hour > 0) {
    const double error = 0.1 * path.growth_per_hour;
    stack.growth_bytes_per_hour = path.growth_per_hour + error * Normal(rng);
    stack.growth_low = stack.growth_bytes_per_hour - 1.645 * error;
  }
  return stack;
}

}  // namespace

double CallProgram::TotalPerRequest() const {
  double sum = 0;
  for (const CallPath& path : paths) sum += path.bytes_per_request;
  return sum;
}

CallProgram MakeCallProgram(Rng& rng, size_t paths) {
  constexpr double kHelperShare = 0.3;
  constexpr int kHelpers = 10;
  constexpr double kUnsteadyShare = 0.1;
  CallProgram program;
  for (size_t i = 0; i < paths; ++i) {
    CallPath path;
    path.functions = PathAbove(i + 2);
    if (Uniform(rng, 0, 1) < kHelperShare) {
      path.functions.insert(path.functions.begin(),
                            "app::Buffer::Grow" + std::to_string(Integer(rng, 1, kHelpers)) + "()");
    }
    path.bytes_per_request = 100 * std::pow(1 - Uniform(rng, 0, 1), -1 / kTail);
    path.object_bytes = LogUniform(rng, 16, 16384);
    path.scatter = Uniform(rng, 0, 1) < kUnsteadyShare ? 0.05 : 0.005;
    path.holding = PickHolding(rng);
    if (path.holding != Holding::kNothing) path.held_bytes = LogUniform(rng, 1e4, 1e8);
    if (path.holding == Holding::kQueue || path.holding == Holding::kBatches) {
      // Turned over 2 to 1,000 times in a run.
      path.held_bytes = kRequests * path.bytes_per_request * LogUniform(rng, 1e-3, 0.5);
    }
    program.paths.push_back(std::move(path));
  }
  return program;
}

model::RunSummary RunCallProgram(Rng& rng, const CallProgram& program, double samples) {
  model::RunSummary run;
  run.judged_s = kJudged_s;
  run.observed_s = kJudged_s;
  run.requests = kRequests * (1 + 0.02 * Normal(rng));
  const double interval_bytes = kRequests * program.TotalPerRequest() / samples;
  run.interval_bytes = static_cast<uint64_t>(interval_bytes);
  for (const CallPath& path : program.paths) {
    model::StackSummary stack = RunPath(rng, path, run.requests, interval_bytes);
    if (stack.alloc_samples > 0 || stack.live_bytes > 0) run.stacks.push_back(std::move(stack));
  }
  std::stable_sort(run.stacks.begin(), run.stacks.end(),
                   [](const auto& a, const auto& b) { return a.alloc_bytes > b.alloc_bytes; });
  return run;
}

}  // namespace seep::synthetic

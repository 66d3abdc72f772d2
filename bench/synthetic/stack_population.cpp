// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/stack_population.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seep::synthetic {
namespace {

constexpr model::ModuleId kProgram{1};
constexpr double kLeastLive = 0.5;
constexpr double kMostLive = 500;
constexpr double kTail = 1.1;  // Pareto
constexpr size_t kStacksOfSite = 4;

// Innermost first: three frames of the site, one of this stack alone, main.
std::vector<model::Frame> FramesAt(size_t site, size_t stack) {
  constexpr uint64_t kFunction = 0x1000;
  return {{kProgram, kFunction * (site / 4 + 1)},
          {kProgram, kFunction * (site / 2 + 1) + 0x100},
          {kProgram, kFunction * (site + 1) + 0x200},
          {kProgram, kFunction * (stack + 1) + 0x300},
          {kProgram, 0x42}};
}

void Append(Population& population, Observer& observer, const SampledBlocks& blocks, size_t site,
            const char* kind) {
  const size_t number = population.data.stacks.size();
  model::StackHistory history =
      observer.Observe(blocks, kPopulationTarget, static_cast<model::StackId>(number + 1));
  history.stack.frames = FramesAt(site, number);
  if (!history.points.empty()) population.heap_bytes += history.points.back().live_bytes;
  population.data.stacks.push_back(std::move(history));
  population.kinds.push_back(kind);
}

const StackFamily& PickFamily(Rng& rng) {
  double left = Uniform(rng, 0, 1);
  for (const StackFamily& family : HealthyStacks()) {
    left -= family.weight;
    if (left < 0) return family;
  }
  return HealthyStacks().back();
}

}  // namespace

Population MakePopulation(Rng& rng, Observer& observer, size_t stacks) {
  Population population;
  population.data.run.duration_s = observer.duration_s();
  population.data.run.interval_bytes = static_cast<uint64_t>(kInterval_bytes);
  population.data.modules.push_back({kProgram, "", "/usr/bin/service"});
  const StackFamily* of_site = nullptr;
  for (size_t i = 0; i < stacks; ++i) {
    if (i % kStacksOfSite == 0) of_site = Uniform(rng, 0, 1) < 0.5 ? &PickFamily(rng) : nullptr;
    const StackFamily& family = of_site != nullptr ? *of_site : PickFamily(rng);
    const double live =
        std::min(kMostLive, kLeastLive * std::pow(1 - Uniform(rng, 0, 1), -1 / kTail));
    Append(population, observer, family.make(rng, observer.duration_s(), live), i / kStacksOfSite,
           family.name.c_str());
  }
  return population;
}

model::StackId AddStack(Population& population, Observer& observer, const SampledBlocks& blocks) {
  Append(population, observer, blocks, 1'000'000 + 16 * population.data.stacks.size(), "leak");
  return population.data.stacks.back().stack.id;
}

std::vector<model::StackId> AddSpreadLeak(Rng& rng, Population& population, Observer& observer,
                                          double samples, size_t stacks) {
  std::vector<model::StackId> ids;
  const size_t site = 1'000'000 + 16 * population.data.stacks.size();
  for (size_t i = 0; i < stacks; ++i) {
    const double each = samples / static_cast<double>(stacks);
    Append(population, observer, Leak(rng, observer.duration_s(), each / observer.duration_s()),
           site, "leak");
    ids.push_back(population.data.stacks.back().stack.id);
  }
  return ids;
}

void Shrink(Population& population, size_t stacks) {
  for (size_t i = stacks; i < population.data.stacks.size(); ++i) {
    const model::StackHistory& history = population.data.stacks[i];
    if (!history.points.empty()) population.heap_bytes -= history.points.back().live_bytes;
  }
  population.data.stacks.resize(stacks);
  population.kinds.resize(stacks);
}

}  // namespace seep::synthetic

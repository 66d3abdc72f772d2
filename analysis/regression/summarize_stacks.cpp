// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "analysis/regression/summarize.h"

namespace seep::analysis {
namespace {

constexpr double kLeastShare = 1e-4;

// What tells one stack from another in any process of the run.
using Path = std::tuple<model::StackKind, bool, std::vector<std::pair<model::ModuleId, uint64_t>>>;
Path PathOf(const model::Stack& stack) {
  std::vector<std::pair<model::ModuleId, uint64_t>> frames;
  for (const model::Frame& frame : stack.frames) frames.emplace_back(frame.module, frame.address);
  return {stack.kind, stack.is_truncated, std::move(frames)};
}

struct Candidate {
  const model::Stack* stack;
  model::StackSummary summary;
};

void Add(const model::StackHistory& history, const JudgedTime& time, Candidate& candidate) {
  const model::StackPoint begin = StateAt(history.points, time.begin_s);
  const model::StackPoint end = StateAt(history.points, time.end_s);
  model::StackSummary& summary = candidate.summary;
  summary.alloc_bytes += end.alloc_bytes - begin.alloc_bytes;
  summary.alloc_objects += end.alloc_objects - begin.alloc_objects;
  summary.alloc_samples += end.alloc_samples - begin.alloc_samples;
  summary.live_bytes += end.live_bytes;
  summary.live_bytes_se = std::hypot(summary.live_bytes_se, std::sqrt(end.live_variance));
  summary.live_objects += end.live_objects;
}

}  // namespace

model::StackPoint StateAt(const std::vector<model::StackPoint>& points, double t_s) {
  const auto next = std::ranges::upper_bound(points, t_s, {}, &model::StackPoint::t_s);
  return next == points.begin() ? model::StackPoint{} : *std::prev(next);
}

std::vector<model::StackSummary> SummarizeStacks(const model::RunData& data,
                                                 const model::Verdict& verdict,
                                                 const JudgedTime& time, const StackNames& names) {
  std::map<model::StackId, const model::StackVerdict*> growing;
  for (const auto* stacks : {&verdict.stacks, &verdict.small_stacks}) {
    for (const model::StackVerdict& stack : *stacks) growing[stack.stack] = &stack;
  }

  std::map<Path, Candidate> by_path;
  for (const model::StackHistory& history : data.stacks) {
    if (history.points.empty()) continue;
    Candidate& candidate = by_path[PathOf(history.stack)];
    candidate.stack = &history.stack;
    candidate.summary.stack = history.stack.id;
    candidate.summary.kind = history.stack.kind;
    Add(history, time, candidate);
    if (const auto found = growing.find(history.stack.id); found != growing.end()) {
      candidate.summary.growth_bytes_per_hour += found->second->growth_bytes_per_hour;
      candidate.summary.growth_low += found->second->ci_low;
    }
  }
  double alloc_bytes = 0;
  double live_bytes = 0;
  std::vector<Candidate> kept;
  for (auto& [path, candidate] : by_path) {
    alloc_bytes += candidate.summary.alloc_bytes;
    live_bytes += candidate.summary.live_bytes;
    kept.push_back(std::move(candidate));
  }
  const auto matters = [&](const Candidate& candidate) {
    const model::StackSummary& stack = candidate.summary;
    return stack.alloc_bytes > kLeastShare * alloc_bytes ||
           stack.live_bytes > kLeastShare * live_bytes || stack.growth_bytes_per_hour > 0;
  };
  std::erase_if(kept, [&](const Candidate& candidate) { return !matters(candidate); });
  std::ranges::stable_sort(kept, std::ranges::greater{}, [](const Candidate& candidate) {
    return std::tuple(candidate.summary.growth_bytes_per_hour > 0,
                      candidate.summary.alloc_bytes + candidate.summary.live_bytes);
  });
  if (kept.size() > kMostStacks) kept.resize(kMostStacks);

  std::vector<model::StackSummary> stacks;
  for (Candidate& candidate : kept) {
    candidate.summary.frames = names(*candidate.stack);
    stacks.push_back(std::move(candidate.summary));
  }
  std::ranges::stable_sort(stacks, std::ranges::greater{}, &model::StackSummary::alloc_bytes);
  return stacks;
}

}  // namespace seep::analysis

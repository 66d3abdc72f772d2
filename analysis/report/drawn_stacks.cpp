// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/drawn_stacks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "analysis/series/find_series.h"
#include "analysis/stacks/timeline.h"

namespace seep::report {
namespace {

constexpr double kDrawnShare = 0.99;

std::map<model::TargetId, uint32_t> LastImages(const model::RunData& data) {
  std::map<model::TargetId, uint32_t> images;
  for (const model::StackHistory& history : data.stacks) {
    uint32_t& last = images[history.stack.target];
    last = std::max(last, history.stack.ledger);
  }
  return images;
}

// As growing stacks are judged: from the first snapshot after warm-up to the last one.
std::optional<analysis::Window> JudgedTime(const model::RunData& data,
                                           const model::Target& target) {
  const auto* heap = analysis::FindPoints(data, target.id, model::metric::kHeapLive);
  if (heap == nullptr || heap->empty()) return std::nullopt;
  const double warm_s = analysis::WarmupEnd({target.first_seen_s, target.last_seen_s});
  const auto first =
      std::ranges::find_if(*heap, [&](const model::Point& point) { return point.t_s >= warm_s; });
  if (first == heap->end() || !(first->t_s < heap->back().t_s)) return std::nullopt;
  return analysis::Window{first->t_s, heap->back().t_s};
}

// Part of a whole that may be nothing.
double Share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

}  // namespace

std::set<model::StackId> NamedStacks(const model::Verdict& verdict) {
  std::set<model::StackId> stacks;
  for (const model::StackVerdict& stack : verdict.small_stacks) stacks.insert(stack.stack);
  for (const model::StackVerdict& stack : verdict.stacks) stacks.insert(stack.stack);
  for (const model::HeapStanding& heap : verdict.heaps) {
    for (const model::StackStanding& stack : heap.stacks) stacks.insert(stack.stack);
  }
  return stacks;
}

StacksToDraw ChooseStacks(const model::RunData& data, const model::Verdict& verdict) {
  StacksToDraw chosen;
  for (const model::Target& target : data.targets) {
    if (const auto judged = JudgedTime(data, target)) chosen.judged[target.id] = *judged;
  }
  const std::map<model::TargetId, uint32_t> images = LastImages(data);
  const std::set<model::StackId> named = NamedStacks(verdict);
  std::vector<DrawnStack> all;
  double live = 0;
  double moved = 0;
  for (const model::StackHistory& history : data.stacks) {
    const model::TargetId target = history.stack.target;
    if (history.stack.ledger != images.at(target) || history.points.empty()) continue;
    DrawnStack stack{&history, std::max(0.0, history.points.back().live_bytes), {}};
    if (const auto judged = chosen.judged.find(target); judged != chosen.judged.end()) {
      stack.gained_bytes = analysis::PointAt(history, judged->second.end_s).live_bytes -
                           analysis::PointAt(history, judged->second.begin_s).live_bytes;
    }
    live += stack.live_bytes;
    moved += std::abs(stack.gained_bytes.value_or(0));
    all.push_back(stack);
  }
  const auto weight = [&](const DrawnStack& stack) {
    if (named.contains(stack.history->stack.id)) return 2.0;  // above every share
    return std::max(Share(stack.live_bytes, live),
                    Share(std::abs(stack.gained_bytes.value_or(0)), moved));
  };
  std::ranges::stable_sort(all, std::greater<>(), weight);
  double drawn_live = 0;
  double drawn_moved = 0;
  for (const DrawnStack& stack : all) {
    const bool is_enough = drawn_live >= kDrawnShare * live && drawn_moved >= kDrawnShare * moved;
    const bool is_wanted = weight(stack) > 0 && (!is_enough || weight(stack) > 1);
    if (is_wanted && chosen.drawn.size() < kMostDrawnStacks) {
      chosen.drawn.push_back(stack);
      drawn_live += stack.live_bytes;
      drawn_moved += std::abs(stack.gained_bytes.value_or(0));
      continue;
    }
    UndrawnStacks& rest = chosen.rest[stack.history->stack.target];
    ++rest.stacks;
    rest.live_bytes += stack.live_bytes;
    rest.gained_bytes += stack.gained_bytes.value_or(0);
  }
  return chosen;
}

}  // namespace seep::report

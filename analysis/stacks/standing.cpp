// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/standing.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/stacks/ages.h"
#include "analysis/stacks/tally.h"
#include "analysis/stacks/timeline.h"

namespace seep::analysis {
namespace {

using model::AgePattern;

constexpr double kFewestSurvivors = 6;  // as for growth: candidates.h
constexpr double kNearlyAll = 0.8;
constexpr double kLeastOfASixth = 0.5;  // samples; the share of a bin that lies mostly elsewhere

uint32_t LastImage(const model::RunData& data, model::TargetId target) {
  uint32_t last = 0;
  for (const model::StackHistory& history : data.stacks) {
    if (history.stack.target == target) last = std::max(last, history.stack.ledger);
  }
  return last;
}

}  // namespace

AgePattern FindAgePattern(const model::StackHistory& history, double begin_s, double end_s) {
  std::array<double, kBirthWindows> born{};
  double total = 0;
  const double sixth_s = (end_s - begin_s) / kBirthWindows;
  for (const model::SurvivorBin& bin : history.survivors) {
    const auto samples = static_cast<double>(bin.samples);
    const double length_s = bin.born_to_s - bin.born_from_s;
    total += samples;
    for (size_t i = 0; i < kBirthWindows; ++i) {
      // What a bin reaches beyond the ends of the life belongs to the outer sixths.
      const double from_s = i == 0 ? -1e300 : begin_s + sixth_s * static_cast<double>(i);
      const double to_s =
          i + 1 == kBirthWindows ? 1e300 : begin_s + sixth_s * static_cast<double>(i + 1);
      const double inside_s = std::min(bin.born_to_s, to_s) - std::max(bin.born_from_s, from_s);
      if (length_s > 0 && inside_s > 0) born[i] += samples * inside_s / length_s;
    }
  }
  if (!(total >= kFewestSurvivors) || !(sixth_s > 0)) return AgePattern::kTooFew;
  if (born.front() >= kNearlyAll * total) return AgePattern::kStartUp;
  if (born.back() >= kNearlyAll * total) return AgePattern::kYoung;
  const bool is_spread = std::all_of(born.begin(), born.end(),
                                     [](double samples) { return samples >= kLeastOfASixth; });
  return is_spread ? AgePattern::kSpread : AgePattern::kMixed;
}

model::HeapStanding MeasureHeap(const model::RunData& data, const model::Target& target) {
  model::HeapStanding heap;
  heap.target = target.id;
  const uint32_t image = LastImage(data, target.id);
  double variance = 0;
  for (const model::StackHistory& history : data.stacks) {
    if (history.stack.target != target.id || history.stack.ledger != image) continue;
    const model::StackPoint last = PointAt(history, target.last_seen_s);
    if (history.stack.kind == model::StackKind::kMapping) {
      heap.mapped_bytes += last.live_bytes;
    } else {
      heap.live_bytes += last.live_bytes;
      heap.live_objects += last.live_objects;
      heap.alloc_bytes += last.alloc_bytes;
      heap.samples += last.alloc_samples;
      heap.live_samples += last.live_samples;
      variance += std::max(0.0, last.live_variance);
    }
    if (last.live_samples == 0) continue;
    heap.stacks.push_back(
        {.stack = history.stack.id,
         .kind = history.stack.kind,
         .live_bytes = last.live_bytes,
         .live_bytes_se = std::sqrt(std::max(0.0, last.live_variance)),
         .live_objects = last.live_objects,
         .alloc_bytes = last.alloc_bytes,
         .age_p50_s = AgeQuantile_s(history.survivors, target.last_seen_s, 0.5),
         .pattern = FindAgePattern(history, target.first_seen_s, target.last_seen_s)});
  }
  heap.live_bytes_se = std::sqrt(variance);
  heap.stack_count = heap.stacks.size();
  std::stable_sort(heap.stacks.begin(), heap.stacks.end(),
                   [](const model::StackStanding& a, const model::StackStanding& b) {
                     return a.live_bytes > b.live_bytes;
                   });
  heap.stacks.resize(std::min(heap.stacks.size(), kMostStanding));
  for (model::StackStanding& stack : heap.stacks) {
    const double whole_bytes =
        stack.kind == model::StackKind::kMapping ? heap.mapped_bytes : heap.live_bytes;
    stack.share = whole_bytes > 0 ? stack.live_bytes / whole_bytes : 0;
  }
  return heap;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_groups.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace seep::analysis {
namespace {

void Add(const model::StackSummary& stack, StackFigures& figures) {
  figures.alloc_bytes += stack.alloc_bytes;
  figures.alloc_objects += stack.alloc_objects;
  figures.alloc_samples += static_cast<double>(stack.alloc_samples);
  figures.live_bytes += stack.live_bytes;
  figures.live_variance += stack.live_bytes_se * stack.live_bytes_se;
  figures.live_objects += stack.live_objects;
  figures.growth_per_hour += stack.growth_bytes_per_hour;
  figures.growth_low += stack.growth_low;
}

double ObjectBytes(const std::vector<StackFigures>& runs) {
  StackFigures sum;
  for (const StackFigures& run : runs) {
    sum.alloc_bytes += run.alloc_bytes;
    sum.alloc_objects += run.alloc_objects;
    sum.live_bytes += run.live_bytes;
    sum.live_objects += run.live_objects;
  }
  if (sum.alloc_objects > 0) return sum.alloc_bytes / sum.alloc_objects;
  return sum.live_objects > 0 ? sum.live_bytes / sum.live_objects : 0;
}

}  // namespace

std::vector<StackGroup> GroupStacks(std::span<const model::RunSummary* const> runs,
                                    StackKeys& keys) {
  std::vector<StackGroup> groups;
  std::map<std::pair<model::StackKind, uint64_t>, size_t> places;
  for (size_t run = 0; run < runs.size(); ++run) {
    for (const model::StackSummary& stack : runs[run]->stacks) {
      StackKey key = keys.Of(stack.frames);
      const auto [place, is_new] = places.try_emplace({stack.kind, key.full}, groups.size());
      if (is_new) {
        groups.push_back({stack.kind, std::move(key), nullptr, {}, 0});
        groups.back().runs.resize(runs.size());
      }
      StackGroup& group = groups[place->second];
      const bool is_first_of_run = group.runs[run].alloc_samples == 0;
      Add(stack, group.runs[run]);
      if (group.shown == nullptr || is_first_of_run ||
          stack.alloc_bytes > group.shown->alloc_bytes) {
        group.shown = &stack;
      }
    }
  }
  for (StackGroup& group : groups) group.object_bytes = ObjectBytes(group.runs);
  return groups;
}

}  // namespace seep::analysis

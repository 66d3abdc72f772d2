// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/heap_snapshots.h"

#include "storage/model/heap_window.h"

namespace seep::synthetic {

std::map<double, model::HeapDelta> HeapSnapshots(const Population& population, double duration_s,
                                                 double snapshot_s) {
  std::map<double, model::HeapDelta> snapshots;
  const int64_t length = model::WindowAt(duration_s).length;
  model::HeapDelta& first = snapshots[snapshot_s];
  model::HeapDelta& last = snapshots[duration_s];
  for (const model::StackHistory& history : population.data.stacks) {
    const uint32_t slot = history.stack.slot;
    first.new_stacks.push_back(history.stack);
    for (const model::StackPoint& point : history.points) {
      snapshots[point.t_s].changed.emplace_back(slot, point);
    }
    for (const model::SurvivorBin& bin : history.survivors) last.survivors.emplace_back(slot, bin);
  }
  for (auto& [t_s, delta] : snapshots) {
    const auto quarters = static_cast<int64_t>(t_s / model::kShortestWindow_s);
    delta.window = {quarters - quarters % length, length};
    delta.are_survivors_whole = false;
  }
  return snapshots;
}

}  // namespace seep::synthetic

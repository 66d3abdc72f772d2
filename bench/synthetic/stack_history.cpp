// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/stack_history.h"

#include <algorithm>
#include <cmath>

#include "storage/model/heap_window.h"

namespace seep::synthetic {

Observer::Observer(double duration_s, double snapshot_s)
    : duration_s_(duration_s),
      snapshot_s_(snapshot_s),
      changes_(static_cast<size_t>(duration_s / snapshot_s + 1e-9) + 1) {}

size_t Observer::SnapshotAt(double t_s) const {
  const double place = std::max(1.0, std::ceil(t_s / snapshot_s_ - 1e-9));
  // Snapshot k is at k * snapshot_s; the one at 0 sees nothing yet.
  return place < static_cast<double>(changes_.size()) ? static_cast<size_t>(place)
                                                      : changes_.size();
}

model::StackHistory Observer::Observe(const SampledBlocks& blocks, model::TargetId target,
                                      model::StackId id) {
  const double last_s = static_cast<double>(changes_.size() - 1) * snapshot_s_;
  const double window_s = model::WindowLength(last_s);
  const double unsettled = model::SettledAge(1);  // share of the life, at its end
  std::fill(changes_.begin(), changes_.end(), Change{});
  std::vector<model::SurvivorBin> bins(static_cast<size_t>(last_s / window_s) + 1);
  for (const Block& block : blocks) {
    const size_t born = SnapshotAt(block.birth_s);
    const size_t died = SnapshotAt(block.death_s);
    if (born == changes_.size()) continue;
    ++changes_[born].births;
    changes_[born].born_bytes += block.bytes;
    if (died <= born) continue;
    ++changes_[born].live;
    changes_[born].bytes += block.bytes;
    changes_[born].variance += block.variance;
    const size_t settled = SnapshotAt(block.birth_s / (1 - unsettled));
    if (settled < died) ++changes_[settled].settled;
    if (died == changes_.size()) {
      model::SurvivorBin& bin = bins[std::min(
          bins.size() - 1, static_cast<size_t>(std::max(0.0, block.birth_s) / window_s))];
      ++bin.samples;
      bin.bytes += block.bytes;
      bin.variance += block.variance;
      continue;
    }
    --changes_[died].live;
    changes_[died].bytes -= block.bytes;
    changes_[died].variance -= block.variance;
    if (settled < died) --changes_[died].settled;
  }

  model::StackHistory history;
  history.stack.id = id;
  history.stack.target = target;
  history.stack.slot = static_cast<uint32_t>(id);
  model::StackPoint state;
  bool has_changed = false;
  for (size_t i = 1; i < changes_.size(); ++i) {
    const Change& change = changes_[i];
    state.t_s = static_cast<double>(i) * snapshot_s_;
    state.alloc_samples += static_cast<uint64_t>(change.births);
    state.alloc_bytes += change.born_bytes;
    state.live_samples += static_cast<uint64_t>(change.live);
    state.settled_samples += static_cast<uint64_t>(change.settled);
    state.live_bytes += change.bytes;
    state.live_variance += change.variance;
    state.free_bytes = state.alloc_bytes - state.live_bytes;
    state.live_objects = static_cast<double>(state.live_samples);
    const bool begins = i == 1 || std::floor(state.t_s / window_s) >
                                      std::floor((state.t_s - snapshot_s_) / window_s);
    state.least_live_samples =
        begins ? state.live_samples : std::min(state.least_live_samples, state.live_samples);
    has_changed = has_changed || change.births != 0 || change.live != 0 || change.settled != 0;
    const bool ends = i + 1 == changes_.size() || std::floor((state.t_s + snapshot_s_) / window_s) >
                                                      std::floor(state.t_s / window_s);
    if (!ends || !has_changed) continue;
    history.points.push_back(state);
    has_changed = false;
  }
  for (size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].samples == 0) continue;
    bins[i].born_from_s = static_cast<double>(i) * window_s;
    bins[i].born_to_s = bins[i].born_from_s + window_s;
    history.survivors.push_back(bins[i]);
  }
  return history;
}

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/snapshot_reader.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace seep::ledger {
namespace {

std::string Hexadecimal(const uint8_t* bytes, size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

// Thinning only drops entries: adjust_samples is never above 0, in a ledger that can be believed.
uint64_t Dropped(int64_t adjust_samples) {
  return adjust_samples < 0 ? uint64_t{0} - static_cast<uint64_t>(adjust_samples) : 0;
}

}  // namespace

SnapshotReader::SnapshotReader(const Sections& sections, uint64_t base_interval_bytes)
    : base_interval_bytes_(base_interval_bytes),
      is_module_known_(sections.modules.capacity),
      is_stack_known_(sections.stacks.capacity) {}

Snapshot SnapshotReader::Read(const Tables& tables) {
  Snapshot snapshot;
  const Header& header = *As<Header>(tables.header);
  snapshot.thinned = Load(header.thinned);
  snapshot.thin_rounds = Load(header.thin_rounds);
  const uint64_t doublings = Load(header.thin_doublings) + Load(header.storm_doublings);
  snapshot.interval_bytes = base_interval_bytes_ << (doublings & 63);
  for (size_t i = 0; i < kLossCount; ++i) snapshot.losses[i] = Load(header.losses[i]);
  ReadModules(tables, &snapshot);
  ReadStacks(tables, &snapshot);
  AddShards(tables, &snapshot);
  for (const StackCounters& stack : snapshot.counters) {
    snapshot.samples += stack.is_mapping ? 0 : stack.alloc_samples;
  }
  ReadLive(tables, &snapshot);
  return snapshot;
}

void SnapshotReader::ReadModules(const Tables& tables, Snapshot* snapshot) {
  const auto modules = All<Module>(tables.modules);
  for (uint32_t id = 1; id < modules.size(); ++id) {
    const Module& module = modules[id];
    if (is_module_known_[id] || Load(module.published) == 0) continue;
    is_module_known_[id] = true;
    const size_t bytes = std::min<size_t>(module.build_id_bytes, sizeof(module.build_id));
    snapshot->new_modules.push_back(
        {id, Hexadecimal(module.build_id, bytes), BoundedText(module.path)});
  }
}

void SnapshotReader::ReadStacks(const Tables& tables, Snapshot* snapshot) {
  const auto stacks = All<StackSlot>(tables.stacks);
  const Copied& frames = tables.frames;
  for (uint32_t slot = 0; slot < stacks.size(); ++slot) {
    const StackSlot& stack = stacks[slot];
    const uint64_t shape = Load(stack.shape);
    if ((shape & kShapePublished) == 0) continue;
    if (!is_stack_known_[slot]) {
      const uint64_t first = std::min<uint64_t>(ShapeFirstFrame(shape), frames.size());
      const uint64_t count =
          std::min<uint64_t>({ShapeFrameCount(shape), kMaxFrames, frames.size() - first});
      is_stack_known_[slot] = true;
      snapshot->new_stacks.push_back(
          {slot,
           ShapeTruncated(shape),
           ShapeMapping(shape) ? model::StackKind::kMapping : model::StackKind::kHeap,
           {frames.begin() + static_cast<long>(first),
            frames.begin() + static_cast<long>(first + count)}});
    }
    snapshot->counters.push_back(
        {.slot = slot,
         .is_mapping = ShapeMapping(shape),
         .alloc_bytes = static_cast<double>(Load(stack.alloc_bytes)),
         .alloc_objects = static_cast<double>(Load(stack.alloc_objects_q16)) / 65536.0,
         .free_bytes = static_cast<double>(Load(stack.free_bytes)),
         .free_objects = static_cast<double>(Load(stack.free_objects_q16)) / 65536.0,
         .alloc_samples = Load(stack.alloc_samples),
         .thinned_samples = Dropped(Load(stack.adjust_samples))});
  }
}

void SnapshotReader::AddShards(const Tables& tables, Snapshot* snapshot) const {
  // Counters are in the order of their slots; unpublished slots are left out.
  const auto by_slot = [](const StackCounters& counters, uint32_t slot) {
    return counters.slot < slot;
  };
  for (const Shard& shard : All<Shard>(tables.shards)) {
    for (const ShardSlot& counted : shard.slots) {
      const uint64_t number = Load(counted.stack_number);
      if (number == 0 || number > is_stack_known_.size()) continue;
      const auto slot = static_cast<uint32_t>(number - 1);
      const auto found =
          std::lower_bound(snapshot->counters.begin(), snapshot->counters.end(), slot, by_slot);
      if (found == snapshot->counters.end() || found->slot != slot) continue;
      const auto alloc_samples = Load(counted.alloc_samples);
      found->alloc_bytes += static_cast<double>(Load(counted.alloc_bytes));
      found->alloc_objects += static_cast<double>(alloc_samples);
      found->alloc_samples += alloc_samples;
      found->free_bytes += static_cast<double>(Load(counted.free_bytes));
      found->free_objects += static_cast<double>(Load(counted.free_samples));
    }
  }
}

void SnapshotReader::ReadLive(const Tables& tables, Snapshot* snapshot) const {
  for (const LiveEntry& entry : All<LiveEntry>(tables.live)) {
    const uint64_t key = Load(entry.key);
    const uint64_t meta = Load(entry.meta);
    if (key == kLiveEmpty || key == kLiveReserved || meta == kLiveDead) continue;
    const uint32_t slot = LiveStack(meta);
    if (slot >= is_stack_known_.size() || !is_stack_known_[slot]) continue;
    const auto base = static_cast<double>(base_interval_bytes_);
    const uint32_t doublings = LiveDoublings(meta);
    snapshot->live.push_back(
        {.slot = slot,
         .size_bytes = Load(entry.size_bytes),
         .is_mapping = doublings == kLiveExact,
         .interval_bytes = doublings == kLiveExact
                               ? 1.0
                               : base * static_cast<double>(uint64_t{1} << (doublings & 63)),
         .born_s = static_cast<double>(LiveBirthTicks(meta)) / kBirthTicksPerSecond});
  }
}

}  // namespace seep::ledger

// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/heap_tracker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "probes/ledger/estimate.h"

namespace seep::agent {
namespace {

struct LossText {
  ledger::Loss loss;
  const char* text;
};
constexpr std::array kLossTexts{
    LossText{ledger::kLossReentrant, "samples were due inside the probe itself"},
    LossText{ledger::kLossStackTable, "samples are under 'overflow': the stack table is full"},
    LossText{ledger::kLossFrameArena, "samples are under 'overflow': the frame table is full"},
    LossText{ledger::kLossModuleTable, "look-ups found no place for their module"},
    LossText{ledger::kLossLiveTable, "samples found no place in the live table"},
    LossText{ledger::kLossNoFrames, "samples have no stack: no unwind data"},
    LossText{ledger::kLossStackEnd, "samples have a stack that ends early: no unwind data"},
    LossText{ledger::kLossMapping, "mappings were not followed: their table was full, or in use"},
};

bool IsSame(const model::StackPoint& a, const model::StackPoint& b) {
  return a.alloc_samples == b.alloc_samples && a.live_samples == b.live_samples &&
         a.alloc_bytes == b.alloc_bytes && a.free_bytes == b.free_bytes &&
         a.live_bytes == b.live_bytes && a.settled_samples == b.settled_samples;
}

}  // namespace

HeapTracker::HeapTracker(ledger::Reader reader, double run_started_s)
    : reader_(std::move(reader)),
      ledger_started_s_(static_cast<double>(reader_.identity().created_monotonic_ns) / 1e9 -
                        run_started_s) {}

model::Result<HeapTracker::Observation> HeapTracker::Observe(double t_s) {
  auto snapshot = reader_.Read();
  if (!snapshot) return std::unexpected(snapshot.error());
  const double age_s = std::max(0.0, t_s - ledger_started_s_);
  const double settled_before_s = age_s - model::SettledAge(age_s);
  for (const ledger::StackRecord& record : snapshot->new_stacks) {
    if (record.kind == model::StackKind::kMapping) mapping_slots_.insert(record.slot);
  }
  std::unordered_map<uint32_t, Live> live;
  double variance = 0;
  Observation observation;
  for (const ledger::LiveRecord& block : snapshot->live) {
    const auto estimate = ledger::EstimateBlock(block.size_bytes, block.interval_bytes);
    Live& stack = live[block.slot];
    stack.bytes += estimate.bytes;
    stack.objects += estimate.objects;
    stack.variance += estimate.variance;
    ++stack.samples;
    if (block.born_s <= settled_before_s) ++stack.settled;
    if (IsMapping(block.slot)) {
      observation.mapped_bytes += estimate.bytes;
      continue;
    }
    observation.live_bytes += estimate.bytes;
    variance += estimate.variance;
  }
  observation.live_se_bytes = std::sqrt(variance);
  observation.samples = snapshot->samples;
  observation.interval_bytes = snapshot->interval_bytes;
  observation.delta.ledger = reader_.identity().image;
  observation.delta.ledger_started_s = ledger_started_s_;
  observation.delta.window = model::WindowAt(age_s);
  for (const auto& stack : snapshot->counters) {
    if (!IsMapping(stack.slot)) observation.alloc_bytes += stack.alloc_bytes;
  }
  AddNew(*snapshot, &observation.delta);
  AddChanged(t_s, *snapshot, live, &observation.delta);
  AddSurvivors(*snapshot, &observation.delta);
  window_ = observation.delta.window;
  MoveReferences(t_s, live);
  losses_ = snapshot->losses;
  thin_rounds_ = snapshot->thin_rounds;
  return observation;
}

void HeapTracker::TellAgain() {
  reader_.TellAgain();
  last_.clear();
  survivors_.clear();
}

std::vector<std::string> HeapTracker::Losses() const {
  std::vector<std::string> lines;
  for (const LossText& loss : kLossTexts) {
    const uint64_t count = losses_[loss.loss];
    if (count != 0) lines.push_back(fmt::format("{} {}", count, loss.text));
  }
  if (thin_rounds_ != 0) {
    lines.push_back(fmt::format("the live table was full and thinned {} times, T doubled each time",
                                thin_rounds_));
  }
  return lines;
}

void HeapTracker::AddNew(const ledger::Snapshot& snapshot, model::HeapDelta* delta) {
  for (const ledger::ModuleRecord& record : snapshot.new_modules) {
    const model::Module module{.id = {}, .build_id = record.build_id, .path = record.path};
    modules_[record.id] = module;
    delta->new_modules.push_back({record.id, module});
  }
  for (const ledger::StackRecord& record : snapshot.new_stacks) {
    model::Stack stack{.ledger = delta->ledger,
                       .slot = record.slot,
                       .is_truncated = record.is_truncated,
                       .kind = record.kind,
                       .frames = {}};
    for (const uint64_t frame : record.frames) {
      stack.frames.push_back(
          {static_cast<model::ModuleId>(ledger::FrameModule(frame)), ledger::FrameAddress(frame)});
    }
    const size_t kept = std::min(record.frames.size(), kInnermostFrames);
    innermost_frames_[record.slot].assign(record.frames.begin(),
                                          record.frames.begin() + static_cast<long>(kept));
    delta->new_stacks.push_back(std::move(stack));
  }
}

void HeapTracker::AddChanged(double t_s, const ledger::Snapshot& snapshot,
                             const std::unordered_map<uint32_t, Live>& live,
                             model::HeapDelta* delta) {
  for (const ledger::StackCounters& counters : snapshot.counters) {
    const auto found = live.find(counters.slot);
    const Live in_use = found != live.end() ? found->second : Live{};
    model::StackPoint point{.t_s = t_s,
                            .alloc_bytes = counters.alloc_bytes,
                            .alloc_objects = counters.alloc_objects,
                            .free_bytes = counters.free_bytes,
                            .free_objects = counters.free_objects,
                            .live_bytes = in_use.bytes,
                            .live_objects = in_use.objects,
                            .live_variance = in_use.variance,
                            .alloc_samples = counters.alloc_samples,
                            .live_samples = in_use.samples,
                            .settled_samples = in_use.settled,
                            .least_live_samples = in_use.samples,
                            .thinned_samples = counters.thinned_samples};
    Last& last = last_[counters.slot];
    if (IsSame(last.point, point)) continue;
    if (last.window == delta->window.begin) {
      point.least_live_samples = std::min(point.least_live_samples, last.point.least_live_samples);
    }
    last = {point, delta->window.begin};
    delta->changed.emplace_back(counters.slot, point);
  }
}

void HeapTracker::AddSurvivors(const ledger::Snapshot& snapshot, model::HeapDelta* delta) {
  const double length_s = static_cast<double>(delta->window.length) * model::kShortestWindow_s;
  SurvivorBins bins;
  for (const ledger::LiveRecord& block : snapshot.live) {
    const auto bin = static_cast<int64_t>(std::floor(block.born_s / length_s));
    const auto estimate = ledger::EstimateBlock(block.size_bytes, block.interval_bytes);
    model::SurvivorBin& survivors = bins[{block.slot, bin}];
    ++survivors.samples;
    survivors.bytes += estimate.bytes;
    survivors.variance += estimate.variance;
  }
  for (auto& [key, survivors] : bins) {
    survivors.born_from_s = ledger_started_s_ + static_cast<double>(key.second) * length_s;
    survivors.born_to_s = survivors.born_from_s + length_s;
  }
  // Other windows than the last time, or nothing is known of the last time: all of them.
  delta->are_survivors_whole = window_.length != delta->window.length || survivors_.empty();
  if (delta->are_survivors_whole) survivors_.clear();
  for (const auto& [key, survivors] : bins) {
    const auto before = survivors_.find(key);
    const bool is_known = before != survivors_.end() &&
                          before->second.samples == survivors.samples &&
                          before->second.bytes == survivors.bytes;
    if (!is_known) delta->survivors.emplace_back(key.first, survivors);
  }
  for (auto [key, gone] : survivors_) {
    if (bins.contains(key)) continue;
    gone.samples = 0;
    delta->survivors.emplace_back(key.first, gone);
  }
  survivors_ = std::move(bins);
}

void HeapTracker::MoveReferences(double t_s, const std::unordered_map<uint32_t, Live>& live) {
  now_.clear();
  for (const auto& [slot, in_use] : live) now_[slot] = in_use.bytes;
  // References are taken at doubling times: the older one is from 1/4 to 1/2 of the run.
  if (t_s < 2 * reference_s_) return;
  reference_ = std::exchange(next_reference_, now_);
  reference_s_ = t_s;
}

std::vector<HeapTracker::SuspectFrame> HeapTracker::TopSuspect() const {
  double most = 0;
  uint32_t suspect = ledger::kOverflowStack;
  for (const auto& [slot, bytes] : now_) {
    const auto before = reference_.find(slot);
    const double growth = bytes - (before != reference_.end() ? before->second : 0);
    if (growth > most) {
      most = growth;
      suspect = slot;
    }
  }
  std::vector<SuspectFrame> frames;
  const auto packed = innermost_frames_.find(suspect);
  if (most <= 0 || packed == innermost_frames_.end()) return frames;
  for (const uint64_t frame : packed->second) {
    const auto module = modules_.find(ledger::FrameModule(frame));
    frames.push_back(
        {module != modules_.end() ? module->second : model::Module{}, ledger::FrameAddress(frame)});
  }
  return frames;
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/replay_target.h"

#include <cmath>
#include <string>

#include "storage/model/heap_window.h"

namespace seep::synthetic {
namespace {

namespace metric = model::metric;

constexpr double kPage = 4096;
// Of the metrics that are looked at with the heap: how many change from look to look, and how many
// hardly ever do (sockets by state, limits, pressure of an idle machine).
constexpr int kBusyLooks = 22;
constexpr int kQuietLooks = 20;

model::SurvivorBin BinOf(int64_t begin, int64_t length, uint64_t samples) {
  const double from_s = static_cast<double>(begin) * model::kShortestWindow_s;
  const double bytes = 131'072.5 * static_cast<double>(samples);
  return {from_s, from_s + static_cast<double>(length) * model::kShortestWindow_s, samples, bytes,
          bytes * 131'071.25};
}

}  // namespace

ReplayTarget::ReplayTarget(int number, const ReplayShape& shape)
    : shape_(shape), rng_(static_cast<uint64_t>(number) + 1), stacks_(shape.stacks) {
  target_.pid = 1000 + number;
  target_.start_ticks = 100'000 + static_cast<uint64_t>(number);
  target_.exe = "/usr/bin/service";
  target_.probe = "active";
}

model::Tick ReplayTarget::Next(int64_t tick) {
  const double t_s = static_cast<double>(tick) * shape_.tick_s + Uniform(rng_, 0, 0.002);
  const auto ticks_per_snapshot = static_cast<int64_t>(shape_.snapshot_s / shape_.tick_s);
  const bool is_snapshot = tick % ticks_per_snapshot == 0;
  target_.last_seen_s = t_s;
  model::TargetTick of_target{.target = target_, .measurements = {}, .heap = {}};
  AddMeasurements(is_snapshot, &of_target.measurements);
  if (is_snapshot) of_target.heap = Snapshot(t_s, tick == ticks_per_snapshot);
  model::Tick whole{.t_s = t_s, .targets = {}, .events = {}};
  whole.targets.push_back(std::move(of_target));
  return whole;
}

void ReplayTarget::AddMeasurements(bool is_snapshot,
                                   std::vector<model::Measurement>* measurements) {
  const auto add = [&](const std::string& name, double value, const char* unit = "bytes") {
    measurements->push_back({name, unit, value});
  };
  rss_pages_ += std::round(20 * Normal(rng_));
  cpu_ticks_ += Integer(rng_, 0, 300);
  add(metric::kRssAnon, rss_pages_ * kPage);
  add(metric::kRssFile, 9000 * kPage);
  add(metric::kRssShmem, 10 * kPage);
  add(metric::kSwap, 0);
  add(metric::kRssSwap, (rss_pages_ + 9010) * kPage);
  add(metric::kFds, 100 + Integer(rng_, 0, 20), "fds");
  add(metric::kThreads, 32, "threads");
  add(metric::kCpuSeconds, cpu_ticks_ / 100, "seconds");
  for (size_t i = 0; i < counters_.size(); ++i) {  // faults, switches, bytes read and written
    counters_[i] += Integer(rng_, 0, 100'000);
    add("tick_counter_" + std::to_string(i), counters_[i], "count");
  }
  for (int i = 0; i < 4; ++i) {  // cgroup: used, limit, pressure
    add("tick_gauge_" + std::to_string(i), i < 2 ? 1e9 : std::round(Uniform(rng_, 0, 1e9)));
  }
  if (!is_snapshot) return;
  add(metric::kHeapLive, 1e9 + 1e7 * Normal(rng_));
  add(metric::kHeapLiveSe, 1e7 + 1e5 * Normal(rng_));
  add(metric::kHeapAlloc, cpu_ticks_ * 1e6 + Uniform(rng_, 0, 1));
  add(metric::kMappedLive, 300 * kPage);
  for (int i = 0; i < kBusyLooks; ++i) {
    add("busy_look_" + std::to_string(i), kPage * Integer(rng_, 1, 200'000));
  }
  for (int i = 0; i < kQuietLooks; ++i) add("quiet_look_" + std::to_string(i), 10 * i, "count");
}

model::HeapDelta ReplayTarget::Snapshot(double t_s, bool is_first) {
  model::HeapDelta delta;
  delta.window = model::WindowAt(t_s);
  if (is_first) {
    delta.new_modules = {{1, {{}, "aabb01", "/usr/bin/service"}}, {2, {{}, "cc02", "/lib/c.so"}}};
    for (uint32_t slot = 0; slot < stacks_.size(); ++slot) {
      model::Stack stack;
      stack.slot = slot;
      for (size_t frame = 0; frame < shape_.frames; ++frame) {
        stack.frames.push_back({model::ModuleId{1 + int64_t(frame % 2)},
                                static_cast<uint64_t>(Integer(rng_, 0x1000, 0x2000000))});
      }
      delta.new_stacks.push_back(std::move(stack));
    }
  }
  const bool has_doubled = window_length_ != delta.window.length;
  window_length_ = delta.window.length;
  delta.are_survivors_whole = is_first || has_doubled;
  if (has_doubled) {
    for (Stack& stack : stacks_) {
      std::map<int64_t, uint64_t> merged;
      for (const auto& [begin, samples] : stack.births) {
        merged[begin - begin % window_length_] += samples;
      }
      stack.births = std::move(merged);
    }
  }
  const size_t changes = is_first ? stacks_.size() : shape_.changed_stacks;
  for (size_t i = 0; i < changes; ++i) {
    const auto slot =
        is_first ? static_cast<uint32_t>(i)
                 : static_cast<uint32_t>(Integer(rng_, 0, static_cast<int>(stacks_.size()) - 1));
    Change(t_s, slot, &delta);
  }
  if (delta.are_survivors_whole) {
    delta.survivors.clear();
    for (uint32_t slot = 0; slot < stacks_.size(); ++slot) {
      for (const auto& [begin, samples] : stacks_[slot].births) {
        delta.survivors.emplace_back(slot, BinOf(begin, window_length_, samples));
      }
    }
  }
  return delta;
}

void ReplayTarget::Change(double t_s, uint32_t slot, model::HeapDelta* delta) {
  Stack& stack = stacks_[slot];
  const auto change_bin = [&](int64_t begin, int change) {
    uint64_t& samples = stack.births[begin];
    samples += static_cast<uint64_t>(change);
    delta->survivors.emplace_back(slot, BinOf(begin, window_length_, samples));
    if (samples == 0) stack.births.erase(begin);
  };
  change_bin(delta->window.begin, 1);
  model::StackPoint& point = stack.point;
  point.alloc_bytes += 131'072.5;
  point.alloc_objects += Uniform(rng_, 100, 2000);
  ++point.alloc_samples;
  ++point.live_samples;
  if (point.live_samples > shape_.samples) {  // any of them dies, of any age
    auto bin = stack.births.begin();
    std::advance(bin, Integer(rng_, 0, static_cast<int>(stack.births.size()) - 1));
    change_bin(bin->first, -1);
    --point.live_samples;
    point.free_bytes += 131'072.5;
    point.free_objects += Uniform(rng_, 100, 2000);
  }
  point.t_s = t_s;
  point.live_bytes = 131'072.5 * static_cast<double>(point.live_samples);
  point.live_objects = point.alloc_objects - point.free_objects;
  point.live_variance = point.live_bytes * 131'071.25;
  point.settled_samples = point.live_samples / 2;
  const bool is_same_window = stack.window == delta->window.begin;
  point.least_live_samples =
      is_same_window ? std::min(point.least_live_samples, point.live_samples) : point.live_samples;
  stack.window = delta->window.begin;
  delta->changed.emplace_back(slot, point);
}

}  // namespace seep::synthetic

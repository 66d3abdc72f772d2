// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/memory_case.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "storage/model/verdict.h"

namespace seep::synthetic {
namespace {

namespace metric = model::metric;
namespace part = model::part;

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kInterval = 128 * 1024;  // between samples
constexpr size_t kTicks = 2880;
constexpr size_t kTicksPerMap = 12;  // smaps is read that seldom
constexpr size_t kTicksPerAnswer = 2;

struct Kind {
  const char* name;
  const char* first;   // grows by the larger share
  const char* second;  // by the rest; null: nothing
  bool has_allocator = true;
};
constexpr Kind kKinds[] = {
    {"heap_live", part::kHeapLive, nullptr},
    {"heap_live, silent allocator", part::kHeapLive, nullptr, false},
    {"slack", part::kAllocatorSlack, nullptr},
    {"slack, silent allocator", part::kAllocatorSlack, nullptr, false},
    {"thread_stacks", part::kThreadStacks, nullptr},
    {"file_dirty", part::kFileDirty, nullptr},
    {"shmem", part::kShmem, nullptr},
    {"mapped", part::kMapped, nullptr},
    {"slack + heap_live", part::kAllocatorSlack, part::kHeapLive},
    {"heap_live + slack", part::kHeapLive, part::kAllocatorSlack},
    {"mapped + heap_live", part::kMapped, part::kHeapLive},
    {"file_dirty + slack", part::kFileDirty, part::kAllocatorSlack},
    {"thread_stacks + heap_live", part::kThreadStacks, part::kHeapLive},
};

// Of lag-1 autocorrelation `phi` and standard deviation 1.
Values Noise(Rng& rng, size_t count, double phi) {
  Values noise;
  double now = Normal(rng);
  for (size_t i = 0; i < count; ++i) {
    noise.push_back(now);
    now = phi * now + std::sqrt(1 - phi * phi) * Normal(rng);
  }
  return noise;
}

// The bytes of one part over the run.
struct Grown {
  const char* name;
  double level;
  Values bytes{};
};

class Maker {
 public:
  explicit Maker(uint64_t seed) : rng_(seed), kind_(kKinds[seed % std::size(kKinds)]) {}

  MemoryCase Make() {
    const double level = LogUniform(rng_, 30 * kMiB, 8192 * kMiB);
    const double rise = level * LogUniform(rng_, 0.1, 1);
    const double major = kind_.second != nullptr ? Uniform(rng_, 0.65, 0.85) : 1;
    made_.kind = kind_.name;
    made_.dominant = kind_.first;
    made_.duration_s = LogUniform(rng_, 600, 48 * 3600);
    made_.slope_per_hour = 3600 * rise / made_.duration_s;
    const double mapped_level = Uniform(rng_, 0.02, 0.2) * level;
    Grown parts[] = {{part::kHeapLive, 0.5 * level},   {part::kAllocatorSlack, 0.15 * level},
                     {part::kMapped, mapped_level},    {part::kThreadStacks, 0.02 * level},
                     {part::kFileDirty, 0.05 * level}, {part::kFileClean, 0.15 * level},
                     {part::kShmem, 0.05 * level}};
    for (Grown& grown : parts) {
      const double share = grown.name == std::string(kind_.first) ? major
                           : kind_.second != nullptr && grown.name == std::string(kind_.second)
                               ? 1 - major
                               : 0;
      grown.bytes = Grow(grown.level, share * rise);
    }
    // What the target uses comes out of what the allocator holds, and goes back there.
    const Values churn = Noise(rng_, kTicks, Uniform(rng_, 0, 0.95));
    const double churn_bytes = LogUniform(rng_, 0.001, 0.02) * level;
    for (size_t i = 0; i < kTicks; ++i) {
      parts[0].bytes[i] += churn_bytes * churn[i];
      parts[1].bytes[i] -= churn_bytes * churn[i];
    }
    Describe();
    Measure(parts);
    return std::move(made_);
  }

 private:
  double TimeOf(size_t tick) const {
    return made_.duration_s * (static_cast<double>(tick) + 0.5) / kTicks;
  }

  Values Grow(double level, double rise) {
    const Values noise = Noise(rng_, kTicks, 0.9);
    const double noise_bytes = LogUniform(rng_, 0.0005, 0.01) * level;
    // Some growth comes in portions.
    const double portion = Uniform(rng_, 0, 1) < 0.3 ? rise / 200 : 0;
    Values bytes;
    for (size_t i = 0; i < kTicks; ++i) {
      double grown = rise * static_cast<double>(i) / kTicks;
      if (portion > 0) grown = portion * std::floor(grown / portion);
      bytes.push_back(level + grown + noise_bytes * noise[i]);
    }
    return bytes;
  }

  void Describe() {
    model::RunData& data = made_.data;
    data.run.id = model::RunId{1};
    data.run.duration_s = made_.duration_s;
    data.run.is_finished = true;
    data.run.interval_bytes = static_cast<uint64_t>(kInterval);
    model::Target target;
    target.id = model::TargetId{1};
    target.run = data.run.id;
    target.pid = 4711;
    target.exe = "/usr/bin/service";
    target.probe = "active";
    target.last_seen_s = made_.duration_s;
    data.targets.push_back(target);
  }

  // Every `each` ticks, begun somewhere within the first of them, as whole pages.
  template <typename Value>
  void Add(const char* name, size_t each, Value value) {
    model::SeriesData series;
    series.series = {model::SeriesId{static_cast<int64_t>(made_.data.series.size()) + 1},
                     model::TargetId{1}, name, "bytes"};
    for (size_t i = each / 2; i < kTicks; i += each) {
      series.points.push_back({TimeOf(i), 4096 * std::round(value(i) / 4096)});
    }
    made_.data.series.push_back(std::move(series));
  }

  void Measure(const Grown (&parts)[7]) {
    const auto& [live, slack, mapped, stacks, dirty, clean, shmem] = parts;
    // A tenth of what the target holds was mapped by the allocator itself.
    const auto held = [&](size_t i) { return live.bytes[i] + slack.bytes[i]; };
    const auto anon = [&](size_t i) { return held(i) + mapped.bytes[i] + stacks.bytes[i]; };
    const auto file = [&](size_t i) { return dirty.bytes[i] + clean.bytes[i]; };
    Add(metric::kRssAnon, 1, anon);
    Add(metric::kRssFile, 1, file);
    Add(metric::kRssShmem, 1, [&](size_t i) { return shmem.bytes[i]; });
    Add(metric::kSwap, 1, [](size_t) { return 0.0; });
    Add(metric::kRssSwap, 1, [&](size_t i) { return anon(i) + file(i) + shmem.bytes[i]; });
    Add(metric::kAnonArenas, kTicksPerMap, [&](size_t i) { return held(i) - 0.1 * live.bytes[i]; });
    Add(metric::kAnonMaps, kTicksPerMap,
        [&](size_t i) { return mapped.bytes[i] + 0.1 * live.bytes[i]; });
    Add(metric::kThreadStacks, kTicksPerMap, [&](size_t i) { return stacks.bytes[i]; });
    Add(metric::kFileDirty, kTicksPerMap, [&](size_t i) { return dirty.bytes[i]; });
    Add(metric::kFileClean, kTicksPerMap, [&](size_t i) { return clean.bytes[i]; });
    Add(metric::kSeepOwn, kTicksPerMap, [](size_t) { return 700.0 * 1024; });
    if (kind_.has_allocator) {
      Add(metric::kAllocatorInUse, kTicksPerAnswer, [&](size_t i) { return live.bytes[i]; });
      Add(metric::kAllocatorHeld, kTicksPerAnswer, held);
      Add(metric::kAllocatorMapped, kTicksPerAnswer, [&](size_t i) { return 0.1 * live.bytes[i]; });
    }
    // Sampling noise of a live set wanders as its blocks come and go.
    const Values error = Noise(rng_, kTicks, 0.999);
    Add(metric::kHeapLive, kTicksPerMap,
        [&](size_t i) { return live.bytes[i] + std::sqrt(kInterval * live.bytes[i]) * error[i]; });
    Add(metric::kMappedLive, kTicksPerMap, [&](size_t i) { return mapped.bytes[i]; });
  }

  Rng rng_;
  const Kind& kind_;
  MemoryCase made_;
};

}  // namespace

size_t MemoryKinds() {
  return std::size(kKinds);
}

MemoryCase MakeMemoryCase(uint64_t seed) {
  return Maker(seed).Make();
}

LimitCase MakeLimitCase(uint64_t seed) {
  Rng rng(seed);
  constexpr size_t kSeen = 1440;
  constexpr double kMostAhead = 5;  // in lengths of the run
  LimitCase made;
  made.duration_s = LogUniform(rng, 600, 48 * 3600);
  const double step_s = made.duration_s / kSeen;
  const double level = LogUniform(rng, 30 * kMiB, 8192 * kMiB);
  const double rise = level * LogUniform(rng, 0.1, 1);
  const double ahead = LogUniform(rng, 0.1, kMostAhead);
  made.limit_bytes = static_cast<uint64_t>(level + rise * (1 + ahead));
  // Noise well below the rise: a growth that is not seen has no forecast.
  const double noise_bytes = rise * LogUniform(rng, 0.005, 0.1);
  const double phis[] = {0, 0.5, 0.9, 0.99};
  const size_t family = seed % 6;
  const double phi = family < 4 ? phis[family] : 0.5;
  const double saw_bytes = family == 4 ? rise * Uniform(rng, 0.05, 0.3) : 0;
  const double saw_steps = Uniform(rng, 20, 120);
  const double burst_bytes = family == 5 ? rise * Uniform(rng, 0.05, 0.3) : 0;
  const char* names[] = {"white noise", "AR .5", "AR .9", "AR .99", "sawtooth", "bursts"};
  made.family = names[family];
  double noise = Normal(rng);
  for (size_t i = 0; i < kSeen * 10; ++i) {
    const double lengths = static_cast<double>(i) / kSeen;
    noise = phi * noise + std::sqrt(1 - phi * phi) * Normal(rng);
    double value = level + rise * lengths + noise_bytes * noise;
    value += saw_bytes * std::fmod(static_cast<double>(i) / saw_steps, 1.0);
    if (burst_bytes > 0 && Uniform(rng, 0, 1) < 0.02) value += burst_bytes * Uniform(rng, 0, 1);
    const double t_s = step_s * (static_cast<double>(i) + 1);
    if (i < kSeen) {
      made.points.push_back({t_s, value});
    } else if (value >= static_cast<double>(made.limit_bytes)) {
      made.hours_left = (t_s - made.duration_s) / 3600;
      break;
    }
  }
  return made;
}

}  // namespace seep::synthetic

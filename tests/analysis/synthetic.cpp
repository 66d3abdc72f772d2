// SPDX-License-Identifier: Apache-2.0
#include "synthetic.h"

#include <algorithm>
#include <cmath>

namespace seep::synthetic {
namespace {

constexpr int kBirthBins = 48;

double Exponential(Rng& rng, double mean) {
  return std::exponential_distribution<double>(1 / mean)(rng);
}

// Births of a Poisson process from `begin_s` on.
std::vector<double> Births(Rng& rng, double begin_s, double end_s, double per_s) {
  std::vector<double> births;
  for (double t = begin_s + Exponential(rng, 1 / per_s); t < end_s;
       t += Exponential(rng, 1 / per_s)) {
    births.push_back(t);
  }
  return births;
}

Block SmallBlock(double birth_s, double death_s) {
  return {birth_s, death_s, kInterval_bytes};
}

// Everything born since the last release is freed at the next one.
SampledBlocks BatchFrees(Rng& rng, double duration_s, double per_s, double period_s) {
  SampledBlocks blocks;
  double release_s = Uniform(rng, 0, period_s);
  for (const double birth_s : Births(rng, 0, duration_s, per_s)) {
    while (release_s < birth_s) release_s += period_s * Uniform(rng, 0.8, 1.2);
    blocks.push_back(SmallBlock(birth_s, release_s));
  }
  return blocks;
}

// Holds the `capacity` youngest blocks, full from `full_s` on.
SampledBlocks LruCache(Rng& rng, double duration_s, double capacity, double full_s) {
  const std::vector<double> births = Births(rng, 0, duration_s, capacity / full_s);
  SampledBlocks blocks;
  for (size_t i = 0; i < births.size(); ++i) {
    const size_t evictor = i + static_cast<size_t>(capacity);
    blocks.push_back(SmallBlock(births[i], evictor < births.size() ? births[evictor] : kForever_s));
  }
  return blocks;
}

}  // namespace

Points Measure(Rng& rng, const Sampling& sampling, const Shape& shape, double sd, double phi) {
  Points points;
  double noise = sd * Normal(rng);
  for (double t = 0; t <= sampling.duration_s; t += sampling.tick_s) {
    noise = phi * noise + sd * std::sqrt(1 - phi * phi) * Normal(rng);
    const double jitter_s = sampling.tick_s * sampling.jitter * Uniform(rng, 0, 1);
    if (Uniform(rng, 0, 1) < sampling.missing) continue;
    const double at_s = std::min(t + jitter_s, sampling.duration_s);
    points.push_back({at_s, shape(at_s / sampling.duration_s) + noise});
  }
  return points;
}

SampledBlocks Churn(Rng& rng, double duration_s, double live_samples, double lifetime_s) {
  SampledBlocks blocks;
  const auto at_start = std::poisson_distribution<int>(live_samples)(rng);
  for (int i = 0; i < at_start; ++i) {
    blocks.push_back(SmallBlock(0, Exponential(rng, lifetime_s)));
  }
  for (const double birth_s : Births(rng, 0, duration_s, live_samples / lifetime_s)) {
    blocks.push_back(SmallBlock(birth_s, birth_s + Exponential(rng, lifetime_s)));
  }
  return blocks;
}

SampledBlocks Leak(Rng& rng, double duration_s, double samples_per_s) {
  SampledBlocks blocks;
  for (const double birth_s : Births(rng, 0, duration_s, samples_per_s)) {
    blocks.push_back(SmallBlock(birth_s, kForever_s));
  }
  return blocks;
}

std::vector<StackFamily> HealthyStacks() {
  return {
      {"start-up set",
       [](Rng& rng, double duration_s) {
         return Leak(rng, duration_s * 0.02, LogUniform(rng, 10, 200) / (duration_s * 0.02));
       }},
      {"churn, short lives",
       [](Rng& rng, double duration_s) {
         return Churn(rng, duration_s, LogUniform(rng, 5, 200),
                      duration_s * LogUniform(rng, 0.001, 0.05));
       }},
      {"churn, long lives",
       [](Rng& rng, double duration_s) {
         return Churn(rng, duration_s, LogUniform(rng, 10, 200),
                      duration_s * LogUniform(rng, 0.05, 1));
       }},
      {"LRU cache, full after warm-up",
       [](Rng& rng, double duration_s) {
         return LruCache(rng, duration_s, LogUniform(rng, 20, 300),
                         duration_s * Uniform(rng, 0.02, 0.2));
       }},
      {"LRU cache, full late",
       [](Rng& rng, double duration_s) {
         return LruCache(rng, duration_s, LogUniform(rng, 20, 300),
                         duration_s * Uniform(rng, 0.2, 0.75));
       }},
      {"cache fills, then stops",
       [](Rng& rng, double duration_s) {
         const double full_s = duration_s * Uniform(rng, 0.2, 0.75);
         return Leak(rng, full_s, LogUniform(rng, 20, 300) / full_s);
       }},
      {"batched frees",
       [](Rng& rng, double duration_s) {
         return BatchFrees(rng, duration_s, LogUniform(rng, 50, 1000) / duration_s,
                           duration_s * LogUniform(rng, 0.02, 0.3));
       }},
  };
}

model::StackHistory MakeHistory(const SampledBlocks& blocks, model::TargetId target,
                                model::StackId id, const std::vector<double>& snapshots_s) {
  model::StackHistory history;
  history.stack.id = id;
  history.stack.target = target;
  history.stack.slot = static_cast<uint32_t>(id);
  std::vector<std::pair<double, const Block*>> births;
  std::vector<std::pair<double, const Block*>> deaths;
  for (const Block& block : blocks) {
    births.emplace_back(block.birth_s, &block);
    deaths.emplace_back(block.death_s, &block);
  }
  std::sort(births.begin(), births.end());
  std::sort(deaths.begin(), deaths.end());
  model::StackPoint state;
  auto birth = births.begin();
  auto death = deaths.begin();
  for (const double snapshot_s : snapshots_s) {
    bool has_changed = false;
    for (; birth != births.end() && birth->first <= snapshot_s; ++birth, has_changed = true) {
      state.alloc_bytes += birth->second->bytes;
      state.alloc_samples += 1;
      state.live_samples += 1;
      state.live_bytes += birth->second->bytes;
      state.live_variance += birth->second->bytes * birth->second->bytes;
    }
    for (; death != deaths.end() && death->first <= snapshot_s; ++death, has_changed = true) {
      state.free_bytes += death->second->bytes;
      state.live_samples -= 1;
      state.live_bytes -= death->second->bytes;
      state.live_variance -= death->second->bytes * death->second->bytes;
    }
    state.t_s = snapshot_s;
    if (has_changed) history.points.push_back(state);
  }
  const double last_s = snapshots_s.back();
  const double bin_s = last_s / kBirthBins;
  for (int i = 0; i < kBirthBins; ++i) {
    model::SurvivorBin bin{bin_s * i, bin_s * (i + 1), 0, 0, 0};
    for (const Block& block : blocks) {
      const bool is_last = i + 1 == kBirthBins && block.birth_s <= last_s;
      const bool is_inside =
          block.birth_s >= bin.born_from_s && (block.birth_s < bin.born_to_s || is_last);
      if (!is_inside || block.death_s <= last_s) continue;
      bin.samples += 1;
      bin.bytes += block.bytes;
      bin.variance += block.bytes * block.bytes;
    }
    if (bin.samples > 0) history.survivors.push_back(bin);
  }
  return history;
}

void AddSeries(model::RunData& data, const std::string& metric, const std::string& unit,
               Points points) {
  model::Series series{static_cast<model::SeriesId>(data.series.size() + 1),
                       data.targets.front().id, metric, unit};
  data.series.push_back({series, std::move(points)});
}

model::RunData MakeRun(Rng& rng, const RunSpec& spec) {
  model::RunData data;
  data.run.id = model::RunId{1};
  data.run.duration_s = spec.duration_s;
  data.run.is_finished = true;
  data.run.interval_bytes = static_cast<uint64_t>(kInterval_bytes);
  data.run.tick_s = spec.tick_s;
  data.run.snapshot_s = spec.snapshot_s;
  model::Target target;
  target.id = model::TargetId{1};
  target.run = data.run.id;
  target.pid = 4711;
  target.exe = "/usr/bin/service";
  target.probe = "active";
  target.last_seen_s = spec.duration_s;
  data.targets.push_back(target);

  std::vector<double> snapshots_s;
  for (double t = spec.snapshot_s; t <= spec.duration_s; t += spec.snapshot_s) {
    snapshots_s.push_back(t);
  }
  if (snapshots_s.empty()) snapshots_s.push_back(spec.duration_s);
  for (size_t i = 0; i < spec.stacks.size(); ++i) {
    data.stacks.push_back(
        MakeHistory(spec.stacks[i], target.id, model::StackId(i + 1), snapshots_s));
  }
  const auto live_at = [&](double at_s) {
    const double t_s = std::max(at_s, snapshots_s.front());
    double live = 0;
    for (const model::StackHistory& history : data.stacks) {
      const auto after =
          std::upper_bound(history.points.begin(), history.points.end(), t_s,
                           [](double t, const model::StackPoint& point) { return t < point.t_s; });
      if (after != history.points.begin()) live += (after - 1)->live_bytes;
    }
    return live;
  };
  Points heap;
  for (const double t : snapshots_s) heap.push_back({t, live_at(t)});
  const Sampling ticks{spec.duration_s, spec.tick_s, 0.1, 0.005};
  // Resident memory follows the highest heap so far: allocators keep what they got.
  Points anon = Measure(
      rng, ticks, [&](double) { return spec.base_bytes; }, 0.05 * kMiB, 0.5);
  double highest = 0;
  for (model::Point& point : anon) {
    highest = std::max(highest, live_at(point.t_s));
    point.value += highest;
  }
  Points file;
  Points zero;
  Points total;
  Points fds;
  Points threads;
  for (const model::Point& point : anon) {
    file.push_back({point.t_s, 8 * kMiB});
    zero.push_back({point.t_s, 0});
    total.push_back({point.t_s, point.value + 8 * kMiB});
    fds.push_back({point.t_s, 20 + std::floor(Uniform(rng, 0, 4))});
    threads.push_back({point.t_s, 8});
  }
  AddSeries(data, model::metric::kRssAnon, "bytes", std::move(anon));
  AddSeries(data, model::metric::kRssFile, "bytes", std::move(file));
  AddSeries(data, model::metric::kRssShmem, "bytes", zero);
  AddSeries(data, model::metric::kSwap, "bytes", zero);
  AddSeries(data, model::metric::kRssSwap, "bytes", std::move(total));
  AddSeries(data, model::metric::kFds, "fds", std::move(fds));
  AddSeries(data, model::metric::kThreads, "threads", std::move(threads));
  AddSeries(data, model::metric::kHeapLive, "bytes", std::move(heap));
  return data;
}

}  // namespace seep::synthetic

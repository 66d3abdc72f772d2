// SPDX-License-Identifier: Apache-2.0
#include "tests/analysis/synthetic.h"

#include <algorithm>
#include <cmath>

namespace seep::synthetic {

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
  Observer observer(std::max(spec.duration_s, spec.snapshot_s), spec.snapshot_s);
  for (size_t i = 0; i < spec.stacks.size(); ++i) {
    data.stacks.push_back(observer.Observe(spec.stacks[i], target.id, model::StackId(i + 1)));
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

// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage/service_series.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include "analysis/series/find_series.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;
using Points = std::vector<model::Point>;
using Targets = std::vector<const model::Target*>;

constexpr double kStale = 3;  // usual distances of points

Points ToRate(const Points& counter) {
  Points rates;
  for (size_t i = 1; i < counter.size(); ++i) {
    const double time_s = counter[i].t_s - counter[i - 1].t_s;
    const double rise = counter[i].value - counter[i - 1].value;
    if (time_s > 0 && rise >= 0) rates.push_back({counter[i].t_s, rise / time_s});
  }
  return rates;
}

// One process on its way through time.
struct Part {
  double begin_s;
  double end_s;
  Points points;
  double usual_s = 0;
  size_t next = 0;  // the first point that is still to come

  explicit Part(const model::Target& target, Points values)
      : begin_s(target.first_seen_s), end_s(target.last_seen_s), points(std::move(values)) {
    std::vector<double> distances;
    for (size_t i = 1; i < points.size(); ++i) {
      distances.push_back(points[i].t_s - points[i - 1].t_s);
    }
    usual_s = Median(std::move(distances));
  }

  // The last value at `t_s`; times must not go back.
  std::optional<double> At(double t_s) {
    while (next < points.size() && points[next].t_s <= t_s) ++next;
    if (next == 0) return std::nullopt;
    const model::Point& last = points[next - 1];
    if (t_s - last.t_s > kStale * usual_s || !std::isfinite(last.value)) return std::nullopt;
    return last.value;
  }
};

// The sum, or without a value of each process nothing. `is_count`: how many there are.
Points Sum(std::vector<Part> parts, bool is_count, double end_s) {
  std::vector<double> times;
  for (const Part& part : parts) {
    for (const model::Point& point : part.points) {
      if (point.t_s <= end_s) times.push_back(point.t_s);
    }
  }
  std::ranges::sort(times);
  const auto same = std::ranges::unique(times);
  times.erase(same.begin(), same.end());
  std::ranges::sort(parts, {}, &Part::begin_s);
  std::vector<Part*> living;
  size_t begun = 0;
  Points sums;
  for (const double t_s : times) {
    for (; begun < parts.size() && parts[begun].begin_s <= t_s; ++begun) {
      living.push_back(&parts[begun]);
    }
    std::erase_if(living, [t_s](const Part* part) { return part->end_s < t_s; });
    double sum = 0;
    bool is_whole = !living.empty();
    for (Part* part : living) {
      const auto value = part->At(t_s);
      is_whole = is_whole && value;
      sum += is_count ? 1 : value.value_or(0);
    }
    if (is_whole || is_count) sums.push_back({t_s, sum});
  }
  return sums;
}

std::vector<Part> PartsOf(const model::RunData& data, const Targets& targets, const char* name) {
  std::vector<Part> parts;
  for (const model::Target* target : targets) {
    const Points* points = FindPoints(data, target->id, name);
    if (points == nullptr) return {};
    parts.emplace_back(*target,
                       std::string_view(name) == metric::kCpuSeconds ? ToRate(*points) : *points);
  }
  return parts;
}

bool RunAtOnce(const Targets& targets) {
  double latest_end_s = -1;
  for (const model::Target* target : targets) {
    if (target->first_seen_s < latest_end_s) return true;
    latest_end_s = std::max(latest_end_s, target->last_seen_s);
  }
  return false;
}

}  // namespace

std::vector<ServiceSeries> AddUpProcesses(const model::RunData& data) {
  Targets targets;
  for (const model::Target& target : data.targets) {
    const bool is_measured = FindPoints(data, target.id, metric::kRssSwap) != nullptr;
    if (is_measured && target.last_seen_s - target.first_seen_s >= kShortestProcess_s) {
      targets.push_back(&target);
    }
  }
  std::ranges::stable_sort(targets, {}, &model::Target::first_seen_s);
  if (!RunAtOnce(targets)) return {};
  const double end_s = data.run.duration_s - kShortestProcess_s;
  std::vector<ServiceSeries> all;
  all.push_back({metric::kProcesses, "processes",
                 Sum(PartsOf(data, targets, metric::kRssSwap), /*is_count=*/true, end_s)});
  const auto add = [&](const char* name, const char* unit) {
    std::vector<Part> parts = PartsOf(data, targets, name);
    if (parts.empty()) return false;
    all.push_back({name, unit, Sum(std::move(parts), /*is_count=*/false, end_s)});
    return true;
  };
  if (!add(metric::kPss, "bytes")) add(metric::kRssSwap, "bytes");
  add(metric::kFds, "fds");
  add(metric::kThreads, "threads");
  add(metric::kCpuSeconds, "cores");
  return all;
}

}  // namespace seep::analysis

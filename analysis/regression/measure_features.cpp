// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "analysis/regression/feature_kinds.h"
#include "analysis/regression/highest_total.h"
#include "analysis/regression/load_features.h"
#include "analysis/regression/summarize.h"
#include "analysis/series/find_series.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;
using Points = std::vector<model::Point>;

constexpr double kPeak = 0.999;         // analysis.md 2.7.1
constexpr size_t kStartPoints = 3;      // that say where a process begins
constexpr double kInterval = 2 * 1.96;  // standard errors in a 95 % interval

// A metric whose level, peak, ... are features. The verdict's slope is one where it can grow.
constexpr const char* kMetrics[] = {metric::kRssSwap,  metric::kHeapLive,    metric::kMappedLive,
                                    metric::kMappings, metric::kMemoryFiles, metric::kDeletedFiles,
                                    metric::kFds,      metric::kThreads,     metric::kZombies};

std::vector<double> ValuesIn(const Points& points, double begin_s, double end_s) {
  std::vector<double> values;
  for (const model::Point& point : points) {
    if (point.t_s >= begin_s && point.t_s <= end_s) values.push_back(point.value);
  }
  return values;
}

// One metric over all processes. Each counts for the share of the judged time that it lived, so
// that processes that take each other's place count once.
struct Total {
  double level = 0;
  double peak = 0;
  double start = 0;
  double slope_per_hour = 0;
  double slope_se = 0;
  double level_se = 0;
  bool is_measured = false;
  bool has_slope = false;

  void Add(const model::RunData& data, const model::Target& target, const char* name,
           const model::SeriesVerdict* verdict, const JudgedTime& time) {
    const Points* points = FindPoints(data, target.id, name);
    if (points == nullptr || points->empty()) return;
    const std::vector<double> values = ValuesIn(*points, time.begin_s, time.end_s);
    if (values.empty()) return;
    const double lived_s =
        std::min(target.last_seen_s, time.end_s) - std::max(target.first_seen_s, time.begin_s);
    const double weight = std::clamp(lived_s / time.Length_s(), 0.0, 1.0);
    const bool is_judged =
        verdict != nullptr && verdict->growth_class != model::GrowthClass::kInsufficientData;
    level += weight * (is_judged ? verdict->level : Median(values));
    peak += weight * Quantile(values, kPeak);
    std::vector<double> first;
    for (const model::Point& point : *points) {
      if (first.size() < kStartPoints) first.push_back(point.value);
    }
    start += weight * Median(std::move(first));
    if (std::string_view(name) == metric::kHeapLive) {
      const Points* errors = FindPoints(data, target.id, metric::kHeapLiveSe);
      // Samples live on from one snapshot to the next: the median has the error of one of them.
      if (errors != nullptr) {
        level_se =
            std::hypot(level_se, weight * Median(ValuesIn(*errors, time.begin_s, time.end_s)));
      }
    }
    if (is_judged) {
      slope_per_hour += weight * verdict->slope_per_hour;
      slope_se = std::hypot(slope_se, weight * (verdict->ci_high - verdict->ci_low) / kInterval);
      has_slope = true;
    }
    is_measured = true;
  }
};

const model::SeriesVerdict* FindVerdict(const model::Verdict& verdict, model::TargetId target,
                                        std::string_view name) {
  const auto found = std::ranges::find_if(verdict.series, [&](const model::SeriesVerdict& series) {
    return series.target == target && series.metric == name;
  });
  return found == verdict.series.end() ? nullptr : &*found;
}

// CPU seconds that all processes used in the judged time.
std::optional<double> CpuSeconds(const model::RunData& data, const JudgedTime& time) {
  std::optional<double> total_s;
  for (const model::Target& target : data.targets) {
    const Points* points = FindPoints(data, target.id, metric::kCpuSeconds);
    if (points == nullptr) continue;
    const std::vector<double> values = ValuesIn(*points, time.begin_s, time.end_s);
    if (values.size() < 2) continue;
    // Of a process that began within the time all that it used.
    const double before = target.first_seen_s > time.begin_s ? 0 : values.front();
    total_s = total_s.value_or(0) + values.back() - before;
  }
  return total_s;
}

// Sampled blocks of a stack and how far what they stand for may be off: each is a success of
// probability p = samples / objects, so Var(objects) = samples (1 - p) / p^2 (docs/sampling.md).
struct Allocated {
  double bytes = 0;
  double objects = 0;
  double bytes_variance = 0;
  double objects_variance = 0;

  void Add(double stack_bytes, double stack_objects, double samples) {
    bytes += stack_bytes;
    objects += stack_objects;
    if (samples <= 0 || stack_objects <= 0) return;
    const double p = std::min(1.0, samples / stack_objects);
    const double variance = samples * (1 - p) / (p * p);
    const double size = stack_bytes / stack_objects;
    objects_variance += variance;
    bytes_variance += size * size * variance;
  }
};

Allocated AllocatedIn(const model::RunData& data, const JudgedTime& time) {
  Allocated total;
  for (const model::StackHistory& history : data.stacks) {
    if (history.stack.kind != model::StackKind::kHeap) continue;
    const model::StackPoint begin = StateAt(history.points, time.begin_s);
    const model::StackPoint end = StateAt(history.points, time.end_s);
    total.Add(end.alloc_bytes - begin.alloc_bytes, end.alloc_objects - begin.alloc_objects,
              static_cast<double>(end.alloc_samples - begin.alloc_samples));
  }
  return total;
}

}  // namespace

std::vector<model::RunFeature> MeasureFeatures(const model::RunData& data,
                                               const model::Verdict& verdict,
                                               const JudgedTime& time) {
  std::map<std::string, std::pair<double, double>, std::less<>> measured;  // value, se
  const auto put = [&measured](const std::string& name, double value, double se = 0) {
    constexpr double kRounding = 1e-9;  // a slope of 1e-16 descriptors is none
    if (std::abs(value) < kRounding) value = 0;
    if (std::isfinite(value)) measured[name] = {value, std::isfinite(se) ? se : 0};
  };
  for (const char* name : kMetrics) {
    Total total;
    for (const model::Target& target : data.targets) {
      total.Add(data, target, name, FindVerdict(verdict, target.id, name), time);
    }
    if (!total.is_measured) continue;
    const std::string metric = name;
    put(metric + ".level", total.level, total.level_se);
    put(metric + ".peak", total.peak, total.level_se);
    if (const auto highest = HighestTotal(data, name)) put(metric + ".max", *highest);
    put(metric + ".warm_up", total.level - total.start, total.level_se);
    if (total.has_slope) {
      put(metric + ".slope", total.slope_per_hour, total.slope_se);
      const double millions_per_hour = 3600 * time.requests / time.Length_s() / 1e6;
      if (millions_per_hour > 0) {
        put(metric + ".slope_per_million_requests", total.slope_per_hour / millions_per_hour,
            total.slope_se / millions_per_hour);
      }
    }
    if (metric == metric::kHeapLive && time.concurrency > 0) {
      put(metric + ".per_connection", total.level / time.concurrency,
          total.level_se / time.concurrency);
    }
  }
  if (time.requests > 0) {
    const Allocated allocated = AllocatedIn(data, time);
    if (allocated.objects > 0) {
      put("heap_alloc.bytes_per_request", allocated.bytes / time.requests,
          std::sqrt(allocated.bytes_variance) / time.requests);
      put("heap_alloc.objects_per_request", allocated.objects / time.requests,
          std::sqrt(allocated.objects_variance) / time.requests);
    }
  }
  if (const auto cpu_s = CpuSeconds(data, time)) {
    put("cpu.rate", *cpu_s / time.Length_s());
    if (time.requests > 0) put("cpu.per_request", *cpu_s / time.requests);
  }
  for (const model::RunFeature& feature : MeasureLoad(data, verdict.load)) {
    put(feature.name, feature.value, feature.se);
  }
  std::vector<model::RunFeature> features;
  for (const FeatureKind& kind : FeatureKinds()) {
    const auto found = measured.find(kind.name);
    if (found == measured.end()) continue;
    features.push_back({std::string(kind.name), std::string(kind.unit), found->second.first,
                        found->second.second});
  }
  return features;
}

}  // namespace seep::analysis

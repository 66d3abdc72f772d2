// SPDX-License-Identifier: Apache-2.0
// seep_target_*: the processes that are watched; those beyond kMostTargets in one sum.
#include <algorithm>
#include <map>
#include <tuple>

#include "agent/serve/label.h"
#include "agent/serve/metric_families.h"
#include "agent/serve/metric_name.h"

namespace seep::serve {
namespace {

using model::GrowthClass;

constexpr char kHeapLive[] = "seep_target_heap_live_bytes";
constexpr char kHeapLiveSe[] = "seep_target_heap_live_standard_error_bytes";

bool IsGrowing(const TargetState& target) {
  return target.growth_class && model::IsGrowth(*target.growth_class);
}

std::string HelpOf(const model::Measurement& measurement, const ExportedName& exported) {
  if (!exported.kind.empty()) return "Open file descriptors by kind";
  return "Metric " + LabelValue(measurement.metric) + " of the database";
}

Labels WithKind(Labels labels, const std::string& kind) {
  if (!kind.empty()) labels.push_back({"kind", LabelValue(kind)});
  return labels;
}

void AddVerdict(const TargetState& target, const Labels& labels, FamilySet& families) {
  if (!target.growth_class) return;
  // Drift, the last, is of a service and never of a process.
  for (int i = 0; i < static_cast<int>(GrowthClass::kDrift); i++) {
    Labels with_class = labels;
    with_class.push_back({"class", ToString(static_cast<GrowthClass>(i))});
    families.Gauge("seep_target_verdict", "1 for the class that the target is in", with_class,
                   i == static_cast<int>(*target.growth_class) ? 1 : 0);
  }
}

void AddGrowth(const TargetState& target, const Labels& labels, FamilySet& families) {
  for (size_t i = 0; i < std::min(target.growth.size(), kMostGrowth); i++) {
    const MetricGrowth& growth = target.growth[i];
    Labels with_metric = labels;
    with_metric.push_back({"metric", LabelValue(growth.metric)});
    const ExportedName slope = RateNameOf("growth", growth.unit);
    families.Gauge(slope.name, "Slope of the metric after warm-up", with_metric,
                   growth.slope_per_hour * slope.factor);
    families.Gauge(RateNameOf("growth_lower_bound", growth.unit).name,
                   "Lower end of the 95 % interval of the slope", with_metric,
                   growth.ci_low * slope.factor);
  }
}

void AddMeasurements(const TargetState& target, const Labels& labels, FamilySet& families) {
  if (target.heap_live_bytes) {
    families.Gauge(kHeapLive, "Heap blocks in use, estimated", labels, *target.heap_live_bytes);
  }
  if (target.heap_live_se_bytes) {
    families.Gauge(kHeapLiveSe, "Standard error of the live heap", labels,
                   *target.heap_live_se_bytes);
  }
  const size_t shown = std::min(target.measurements.size(), kMostMeasurements);
  for (size_t i = 0; i < shown; i++) {
    const model::Measurement& each = target.measurements[i];
    const ExportedName exported = NameOf(each.metric, each.unit);
    const std::string help = HelpOf(each, exported);
    const double value = each.value * exported.factor;
    if (exported.is_counter) {
      families.Counter(exported.name, help, labels, value);
    } else {
      families.Gauge(exported.name, help, WithKind(labels, exported.kind), value);
    }
  }
}

void AddTarget(const TargetState& target, FamilySet& families) {
  const Labels labels{{"service", LabelValue(target.service)}, {"pid", std::to_string(target.pid)}};
  Labels about = labels;
  about.push_back({"exe", LabelValue(target.exe)});
  families.Gauge("seep_target_info", "The process", about, 1);
  families.Gauge("seep_target_last_tick_timestamp_seconds", "When it was last measured, Unix time",
                 labels, target.last_tick_s);
  families.Gauge("seep_target_probe_active", "1: its heap is seen; if not, see /health/detailed",
                 labels, target.is_probe_active ? 1 : 0);
  if (target.limit_bytes) {
    families.Gauge("seep_target_memory_limit_bytes", "Limit of its memory", labels,
                   static_cast<double>(*target.limit_bytes));
  }
  AddVerdict(target, labels, families);
  AddGrowth(target, labels, families);
  AddMeasurements(target, labels, families);
  AddStackFamilies(target, labels, families);
}

// Gauges of bytes and counts add up; times, limits, verdicts and counters do not.
void AddOthers(const std::vector<const TargetState*>& others, FamilySet& families) {
  const Labels labels{{"service", kOther}, {"pid", ""}};
  std::map<std::tuple<std::string, std::string, std::string>, double> sums;  // name, kind, help
  std::map<std::pair<std::string, std::string>, double> slopes;              // by name and metric
  double stack_growth = 0;
  double stack_live = 0;
  for (const TargetState* target : others) {
    for (const GrowingStack& stack : target->stacks) {
      stack_growth += stack.growth_bytes_per_hour;
      stack_live += stack.live_bytes;
    }
    if (target->heap_live_bytes) sums[{kHeapLive, "", ""}] += *target->heap_live_bytes;
    for (size_t i = 0; i < std::min(target->growth.size(), kMostGrowth); i++) {
      const MetricGrowth& growth = target->growth[i];
      const ExportedName slope = RateNameOf("growth", growth.unit);
      slopes[{slope.name, LabelValue(growth.metric)}] += growth.slope_per_hour * slope.factor;
    }
    for (size_t i = 0; i < std::min(target->measurements.size(), kMostMeasurements); i++) {
      const model::Measurement& each = target->measurements[i];
      const ExportedName exported = NameOf(each.metric, each.unit);
      if (exported.is_counter || exported.name.ends_with("_ratio")) continue;
      if (exported.name.starts_with("seep_target_limit_")) continue;
      if (exported.name == kHeapLiveSe) continue;  // errors do not add up
      if (exported.name == kHeapLive && target->heap_live_bytes) continue;
      sums[{exported.name, exported.kind, HelpOf(each, exported)}] += each.value * exported.factor;
    }
  }
  for (const auto& [key, sum] : sums) {
    const auto& [name, kind, help] = key;
    families.Gauge(name, help, WithKind(labels, kind), sum);
  }
  for (const auto& [key, sum] : slopes) {
    Labels with_metric = labels;
    with_metric.push_back({"metric", key.second});
    families.Gauge(key.first, "Slope of the metric after warm-up", with_metric, sum);
  }
  AddOtherStacks(stack_growth, stack_live, labels, families);
}

}  // namespace

void AddTargetFamilies(const std::vector<TargetState>& targets, FamilySet& families) {
  std::vector<const TargetState*> shown;
  for (const TargetState& target : targets) shown.push_back(&target);
  // Growing ones first, then by name: which are shown changes only when that changes.
  std::ranges::sort(shown, [](const TargetState* a, const TargetState* b) {
    return std::tuple(!IsGrowing(*a), std::string_view(a->service), a->pid) <
           std::tuple(!IsGrowing(*b), std::string_view(b->service), b->pid);
  });
  std::vector<const TargetState*> others;
  if (shown.size() > kMostTargets) {
    others.assign(shown.begin() + kMostTargets, shown.end());
    shown.resize(kMostTargets);
  }
  for (const TargetState* target : shown) AddTarget(*target, families);
  if (!others.empty()) AddOthers(others, families);
}

}  // namespace seep::serve

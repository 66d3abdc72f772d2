// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage_findings.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "analysis/lineage/lineage.h"
#include "analysis/lineage/panel.h"
#include "analysis/series/find_series.h"
#include "analysis/series/metric_kind.h"
#include "analysis/series/series_verdict.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;
using Points = std::vector<model::Point>;

constexpr double kWarmUpShare = 0.25;    // of a life: before that its stacks are not judged
constexpr double kShortestStacks_s = 5;  // of a life, after it

struct JudgedMetric {
  const char* name;
  Trend TargetFindings::*trend;  // null: a resource
};
constexpr JudgedMetric kWithin[] = {{metric::kRssSwap, &TargetFindings::rss_swap},
                                    {metric::kHeapLive, &TargetFindings::heap_live},
                                    {metric::kMappedLive, &TargetFindings::mapped_live},
                                    {metric::kFds, &TargetFindings::fds},
                                    {metric::kThreads, &TargetFindings::threads},
                                    {metric::kZombies, nullptr},
                                    {metric::kMemoryFiles, nullptr},
                                    {metric::kSysvShm, nullptr},
                                    {metric::kDeletedFiles, nullptr},
                                    {metric::kMappings, nullptr}};

// What a start finds there, or loads. Of the machine and of control groups others have a share.
struct StartMetric {
  const char* name;
  bool is_finding;
};
constexpr StartMetric kStarts[] = {{metric::kRssSwap, true},     {metric::kHeapLive, true},
                                   {metric::kMemoryFiles, true}, {metric::kSysvShm, true},
                                   {metric::kDevShm, false},     {metric::kGroupShmem, false}};

// Lives that have the metric. Before its first value a resource was 0: ResourceWatch.
std::vector<LifeSeries> Collect(const model::RunData& data, const Lineage& lineage,
                                const char* name, bool is_resource) {
  std::vector<LifeSeries> lives;
  for (const model::Target* life : lineage.lives) {
    LifeSeries one{life->first_seen_s, life->last_seen_s - life->first_seen_s, {}};
    const Points* points = FindPoints(data, life->id, name);
    const Points* looks = is_resource ? FindPoints(data, life->id, metric::kMinorFaults) : nullptr;
    if (points == nullptr && looks == nullptr) continue;
    if (looks != nullptr) {
      for (const model::Point& look : *looks) {
        if (points != nullptr && look.t_s >= points->front().t_s) break;
        one.points.push_back({look.t_s - life->first_seen_s, 0});
      }
    }
    if (points != nullptr) {
      for (const model::Point& point : *points) {
        one.points.push_back({point.t_s - life->first_seen_s, point.value});
      }
    }
    lives.push_back(std::move(one));
  }
  return lives;
}

void JudgeWithin(const model::RunData& data, const Lineage& lineage, TargetFindings& findings) {
  for (const auto& [name, trend] : kWithin) {
    const std::vector<LifeSeries> lives = Collect(data, lineage, name, trend == nullptr);
    const bool has_any = std::ranges::any_of(lineage.lives, [&](const model::Target* life) {
      return FindPoints(data, life->id, name) != nullptr;
    });
    if (!has_any) continue;
    const MetricKind kind = KindOf(name, lives.front().points);
    const bool is_of_mappings = std::string_view(name) == metric::kMappings;
    PanelTrend panel = EstimatePanelTrend(lives, is_of_mappings ? MappingLimits() : kind.limits);
    const bool is_growing = model::IsGrowth(panel.trend.growth_class);
    if (is_growing) {
      panel.trend.explanation = "in " + std::to_string(panel.rising) + " of " +
                                std::to_string(panel.lives) + " lives it " +
                                panel.trend.explanation;
    }
    model::SeriesVerdict series = ToSeriesVerdict(panel.trend, name, kind.unit);
    series.target = findings.target->id;
    findings.series.push_back(std::move(series));
    findings.lineage->within.push_back({name, kind.unit, panel.trend.growth_class,
                                        3600 * panel.trend.slope_per_s, panel.lives, panel.rising});
    if (is_growing &&
        (trend == nullptr || trend == &TargetFindings::fds || trend == &TargetFindings::threads)) {
      findings.resources.growing.push_back({name, kind.unit, panel.trend, {}, {}});
    }
    if (trend != nullptr) findings.*trend = std::move(panel.trend);
  }
}

// What was running when the watch began is of an unknown age.
void JudgeStarts(const model::RunData& data, const Lineage& lineage, TargetFindings& findings) {
  Lineage seen = lineage;
  seen.lives.erase(seen.lives.begin());
  for (const auto& [name, is_finding] : kStarts) {
    const std::vector<LifeSeries> lives = Collect(data, seen, name, /*is_resource=*/false);
    if (lives.empty()) continue;
    const MetricKind kind = KindOf(name, lives.front().points);
    const StartTrend start = EstimateStartTrend(lives, kind.limits);
    if (!start.is_growing) continue;
    findings.lineage->starts.push_back(
        {name, kind.unit, 3600 * start.slope_per_s, start.rise, start.starts, is_finding});
  }
}

void JudgeLifeStacks(const model::RunData& data, const Lineage& lineage, TargetFindings& findings) {
  std::vector<JudgedLife> lives;
  double heap_bytes = 0;
  double mapped_bytes = 0;
  double judged_s = 0;
  for (const model::Target* life : lineage.lives) {
    const Points* heap = FindPoints(data, life->id, metric::kHeapLive);
    if (heap == nullptr || heap->empty()) continue;
    findings.snapshots += heap->size();
    const double begin_s =
        life->first_seen_s + kWarmUpShare * (life->last_seen_s - life->first_seen_s);
    const auto first = std::ranges::find_if(
        *heap, [&](const model::Point& point) { return point.t_s >= begin_s; });
    if (heap->end() - first < static_cast<std::ptrdiff_t>(kFewestSnapshots)) continue;
    const Window window{first->t_s, heap->back().t_s};
    if (window.end_s - window.begin_s < kShortestStacks_s) continue;
    lives.push_back({life->id, window});
    judged_s += window.end_s - window.begin_s;
    heap_bytes = heap->back().value;
    const Points* mapped = FindPoints(data, life->id, metric::kMappedLive);
    mapped_bytes = mapped != nullptr && !mapped->empty() ? mapped->back().value : 0;
  }
  if (lives.size() < kFewestLives) return;
  findings.stacks = FindGrowingStacks(data, lives, heap_bytes, mapped_bytes);
  for (GrowingStack& growing : findings.stacks.growing) {
    growing.verdict.target = findings.target->id;
  }
  findings.are_stacks_judged = true;
  findings.detectable_per_s = ProvableStackGrowth(data.run, heap_bytes) / judged_s;
}

TargetFindings JudgeLineage(const model::RunData& data, const Lineage& lineage) {
  TargetFindings findings;
  findings.target = lineage.lives.back();
  findings.life = {lineage.lives.front()->first_seen_s, lineage.lives.back()->last_seen_s};
  findings.has_probe = std::ranges::any_of(
      lineage.lives, [](const model::Target* life) { return life->probe == "active"; });
  findings.lineage = LineageFindings{lineage.lives.size(), lineage.life_s, lineage.every_s, {}, {}};
  JudgeWithin(data, lineage, findings);
  JudgeStarts(data, lineage, findings);
  findings.detectable_per_s = findings.rss_swap.detectable_per_s;
  JudgeLifeStacks(data, lineage, findings);
  Decide(findings);
  return findings;
}

bool Grows(const TargetFindings& findings) {
  return findings.growth_class == model::GrowthClass::kGrowth;
}

}  // namespace

std::vector<TargetFindings> JudgeLineages(const model::RunData& data,
                                          std::vector<TargetFindings> all) {
  for (const Lineage& lineage : FindLineages(data)) {
    const auto of = [&all](const model::Target* life) {
      return std::ranges::find(all, life, &TargetFindings::target);
    };
    TargetFindings judged = JudgeLineage(data, lineage);
    if (judged.growth_class == model::GrowthClass::kInsufficientData) continue;
    if (!Grows(judged) && Grows(*of(lineage.lives.back()))) continue;
    // Informational series, and what its memory consists of, are those of the last life.
    TargetFindings& last = *of(lineage.lives.back());
    judged.memory = std::move(last.memory);
    for (model::SeriesVerdict& series : last.series) {
      const bool is_judged = std::ranges::any_of(
          judged.series, [&](const auto& other) { return other.metric == series.metric; });
      if (is_judged) continue;
      series.is_finding = false;
      judged.series.push_back(std::move(series));
    }
    *of(lineage.lives.front()) = std::move(judged);
    std::erase_if(all, [&lineage](const TargetFindings& one) {
      return !one.lineage && std::ranges::find(lineage.lives, one.target) != lineage.lives.end();
    });
  }
  return all;
}

model::LineageVerdict ToLineageVerdict(const TargetFindings& findings) {
  const LineageFindings& lineage = *findings.lineage;
  model::LineageVerdict verdict;
  verdict.target = findings.target->id;
  verdict.growth_class = findings.growth_class;
  verdict.lives = lineage.lives;
  verdict.life_s = lineage.life_s;
  verdict.every_s = lineage.every_s;
  verdict.within = lineage.within;
  verdict.starts = lineage.starts;
  return verdict;
}

}  // namespace seep::analysis

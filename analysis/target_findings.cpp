// SPDX-License-Identifier: Apache-2.0
#include "analysis/target_findings.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/series/find_series.h"
#include "analysis/series/series_verdict.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;
namespace metric = model::metric;

// A growing stack needs no help from the total when it stands this far from zero by itself.
constexpr double kStrongDeviate = 4;
// Resident growth over a flat live heap is called growth only when it is strong.
constexpr double kStrongRise_bytes = 8.0 * 1024 * 1024;
constexpr double kStrongRiseShare = 0.1;
constexpr double kHalfShare = 0.4;     // of the slope, in both halves
constexpr double kQuarterShare = 0.3;  // in the last quarter
// A leak at one stack that leaves this many sampled blocks is found in 97 % of runs
// (docs/analysis.md; 60 by analysis.md 0.5), whatever the smoothness of the live heap promises.
constexpr double kProvableSamples = 60;

struct Judged {
  const char* metric;
  const char* unit;
  bool is_bytes;
  Trend TargetFindings::*confirms;  // null: informational
};
constexpr Judged kJudged[] = {
    {metric::kRssSwap, "bytes", true, &TargetFindings::rss_swap},
    {metric::kHeapLive, "bytes", true, &TargetFindings::heap_live},
    {metric::kMappedLive, "bytes", true, &TargetFindings::mapped_live},
    {metric::kFds, "fds", false, &TargetFindings::fds},
    {metric::kThreads, "threads", false, &TargetFindings::threads},
    {metric::kRssAnon, "bytes", true, nullptr},
    {metric::kRssFile, "bytes", true, nullptr},
    {metric::kRssShmem, "bytes", true, nullptr},
    {metric::kSwap, "bytes", true, nullptr},
};

void JudgeSeries(const model::RunData& data, const LoadCovariate& load, TargetFindings& findings) {
  const model::TargetId id = findings.target->id;
  for (const Judged& judged : kJudged) {
    const std::vector<model::Point>* points = FindPoints(data, id, judged.metric);
    if (points == nullptr && judged.confirms == nullptr) continue;
    const TrendLimits limits = judged.is_bytes ? BytesLimits() : CountsLimits();
    const Trend trend = EstimateTrend(points != nullptr ? *points : std::vector<model::Point>{},
                                      findings.life, limits, load.rate);
    if (judged.confirms != nullptr) findings.*judged.confirms = trend;
    if (points == nullptr) continue;
    findings.series.push_back(ToSeriesVerdict(trend, judged.metric, judged.unit));
    findings.series.back().target = id;
    findings.series.back().is_informational = judged.confirms == nullptr;
    const std::vector<model::Point>* errors = FindPoints(data, id, metric::kHeapLiveSe);
    if (judged.confirms == &TargetFindings::heap_live && errors != nullptr) {
      WidenBySampling(*errors, trend, &findings.series.back());
    }
  }
}

void JudgeStacks(const model::RunData& data, TargetFindings& findings) {
  const model::TargetId id = findings.target->id;
  const std::vector<model::Point>* heap = FindPoints(data, id, metric::kHeapLive);
  if (heap == nullptr) return;
  findings.snapshots = heap->size();
  const double warmup_end_s = WarmupEnd(findings.life);
  const auto first = std::find_if(heap->begin(), heap->end(), [&](const model::Point& point) {
    return point.t_s >= warmup_end_s;
  });
  if (findings.snapshots < kFewestSnapshots || first == heap->end()) return;
  const Window usable{first->t_s, heap->back().t_s};
  if (!(usable.end_s - usable.begin_s >= kMinUsable_s / 2)) return;
  const std::vector<model::Point>* mapped = FindPoints(data, id, metric::kMappedLive);
  const double mapped_bytes = mapped != nullptr && !mapped->empty() ? mapped->back().value : 0;
  findings.stacks = FindGrowingStacks(data, {{id, usable}}, heap->back().value, mapped_bytes);
  findings.are_stacks_judged = true;
  findings.detectable_per_s =
      ProvableStackGrowth(data.run, heap->back().value) / (usable.end_s - usable.begin_s);
}

// Stacks may grow because others shrink (one cache for another): the total of their kind must rise
// too. Not if sampled growth is far from zero by itself; mappings are counted, so that theirs
// always is, and only the total can tell.
bool HasGrowingStacks(const TargetFindings& findings, model::StackKind kind, const Trend& total) {
  const std::vector<GrowingStack>& growing = findings.stacks.growing;
  const auto first = std::find_if(growing.begin(), growing.end(),
                                  [kind](const auto& stack) { return stack.verdict.kind == kind; });
  if (first == growing.end()) return false;
  return total.growth_class == GrowthClass::kInsufficientData || total.ci_low_per_s > 0 ||
         (kind == model::StackKind::kHeap && first->deviate >= kStrongDeviate);
}

// Memory that nobody but the target itself can have asked for: no slack of the allocator.
bool IsAskedFor(const model::AttributionPart* part) {
  if (part == nullptr) return false;
  for (const char* name : {model::part::kMapped, model::part::kThreadStacks, model::part::kShmem,
                           model::part::kFileDirty}) {
    if (part->name == name) return true;
  }
  return false;
}

// Of the resident memory, beyond what a rise of the live heap explains.
bool IsStrongRise(const Trend& rss, const Trend& heap) {
  const double unexplained = rss.rise - std::max(0.0, heap.rise);
  const bool is_large =
      unexplained >= kStrongRise_bytes || unexplained >= kStrongRiseShare * rss.level;
  return is_large && rss.early_share > kHalfShare && rss.late_share > kHalfShare &&
         rss.last_share > kQuarterShare;
}

std::string Shortage(const TargetFindings& findings) {
  if (findings.snapshots == 1 && findings.rss_swap.points == 0) {
    return "one look at its heap, which cannot show growth";
  }
  if (findings.rss_swap.growth_class == GrowthClass::kInsufficientData) {
    return "resident memory: " + findings.rss_swap.explanation;
  }
  if (findings.has_probe && findings.snapshots < kFewestSnapshots) {
    return "only " + std::to_string(findings.snapshots) + " heap snapshots, " +
           std::to_string(kFewestSnapshots) + " needed";
  }
  if (findings.has_probe && !findings.are_stacks_judged) {
    return "no heap snapshots after warm-up";
  }
  return {};
}

// Which of the series the decision rests on: the reports speak of these.
void MarkFindings(TargetFindings& findings) {
  const auto grows = [](const Trend& trend) { return model::IsGrowth(trend.growth_class); };
  const std::pair<const char*, bool> marks[] = {
      {metric::kRssSwap, findings.rss_grows || findings.rss_is_ratchet},
      {metric::kHeapLive, findings.heap_grows},
      {metric::kMappedLive, findings.stacks_grow && grows(findings.mapped_live)}};
  for (model::SeriesVerdict& series : findings.series) {
    for (const auto& [name, is_finding] : marks) {
      if (series.metric == name) series.is_finding = is_finding;
    }
    for (const GrowingResource& growing : findings.resources.growing) {
      if (series.metric == growing.metric) series.is_finding = true;
    }
  }
}

// A leak per request is told as what it costs a million of them.
void AddPerRequest(const LoadCovariate& load, TargetFindings& findings) {
  constexpr double kMillion = 1e6;
  for (model::SeriesVerdict& series : findings.series) {
    if (series.growth_class == model::GrowthClass::kInsufficientData) continue;
    const double end_s = findings.life.end_s;
    const double per_hour = 3600 * load.MeanRate(end_s - series.usable_s, end_s);
    if (per_hour > 0) series.per_million_requests = kMillion * series.slope_per_hour / per_hour;
  }
}

}  // namespace

const model::RisingStarts* RisingStartOf(const TargetFindings& findings) {
  if (!findings.lineage) return nullptr;
  for (const model::RisingStarts& start : findings.lineage->starts) {
    if (start.is_finding) return &start;
  }
  return nullptr;
}

double ProvableStackGrowth(const model::Run& run, double heap_bytes) {
  return std::max(kProvableSamples * static_cast<double>(run.interval_bytes),
                  LeastStackGrowth(heap_bytes));
}

void Decide(TargetFindings& findings) {
  const auto grows = [](const Trend& trend) { return model::IsGrowth(trend.growth_class); };
  findings.stacks_grow =
      HasGrowingStacks(findings, model::StackKind::kHeap, findings.heap_live) ||
      HasGrowingStacks(findings, model::StackKind::kMapping, findings.mapped_live);
  findings.stacks_shift = !findings.stacks.growing.empty() && !findings.stacks_grow;
  // Caches that fill one after another make the live heap rise too: the stacks must confirm it.
  findings.heap_grows =
      grows(findings.heap_live) &&
      (!findings.are_stacks_judged || findings.stacks_grow || findings.stacks.is_growing_together);
  const bool is_heap_judged = findings.heap_live.growth_class != GrowthClass::kInsufficientData;
  const bool is_heap_flat = is_heap_judged && !findings.heap_grows && !findings.stacks_grow;
  const model::AttributionPart* dominant = findings.memory.Dominant();
  findings.rss_is_ratchet = grows(findings.rss_swap) && is_heap_flat && dominant != nullptr &&
                            dominant->name == model::part::kAllocatorSlack;
  findings.rss_grows = grows(findings.rss_swap) && !findings.rss_is_ratchet &&
                       (!is_heap_flat || IsAskedFor(dominant) ||
                        IsStrongRise(findings.rss_swap, findings.heap_live));
  findings.rss_is_slack =
      grows(findings.rss_swap) && !findings.rss_grows && !findings.rss_is_ratchet;
  findings.shortage = Shortage(findings);

  if (MemoryGrows(findings) || !findings.resources.growing.empty() ||
      RisingStartOf(findings) != nullptr) {
    findings.growth_class = GrowthClass::kGrowth;
  } else if (!findings.shortage.empty()) {
    findings.growth_class = GrowthClass::kInsufficientData;
  } else if (findings.rss_is_ratchet) {
    findings.growth_class = GrowthClass::kRatchet;
  } else if (findings.rss_is_slack) {
    findings.growth_class = GrowthClass::kStable;
  } else {
    findings.growth_class = findings.rss_swap.growth_class;
  }
  MarkFindings(findings);
}

TargetFindings JudgeTarget(const model::RunData& data, const model::Target& target,
                           const LoadCovariate& load) {
  TargetFindings findings;
  findings.target = &target;
  findings.life = {target.first_seen_s, target.last_seen_s};
  findings.has_probe = target.probe == "active";
  JudgeSeries(data, load, findings);
  findings.resources =
      JudgeResources(data, target, findings.life, findings.fds, findings.threads, load.rate);
  findings.series.insert(findings.series.end(), findings.resources.series.begin(),
                         findings.resources.series.end());
  AddPerRequest(load, findings);
  findings.detectable_per_s = findings.rss_swap.detectable_per_s;
  JudgeStacks(data, findings);
  findings.memory = Attribute(
      SplitMemory(data, target.id, std::max(WarmupEnd(findings.life), findings.rss_swap.since_s)));
  Decide(findings);
  return findings;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/verdict.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "analysis/confidence.h"
#include "analysis/lineage_findings.h"
#include "analysis/memory/forecast.h"
#include "analysis/resource_words.h"
#include "analysis/service_findings.h"
#include "analysis/stacks/standing.h"
#include "analysis/summary.h"
#include "analysis/target_findings.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;
using AllFindings = std::vector<TargetFindings>;

constexpr double kVanishedShare = 0.05;  // of the run; a target gone for longer than this vanished
constexpr size_t kMostListed = 20;       // stacks: analysis.md 2.4.7
constexpr double kEnoughListed = 0.9;
constexpr double kMatteringShare = 0.5;  // of the run; a child that lived so long must be judged

bool HasVanished(const TargetFindings& findings, const model::Run& run) {
  return run.duration_s - findings.life.end_s > kVanishedShare * run.duration_s;
}

double Lived_s(const TargetFindings& findings) {
  return findings.life.end_s - findings.life.begin_s;
}

// The target whose judgement the run cannot do without: the first one; or, when that was a short
// launcher that ended well (a daemon that goes to the background), the one that lived longest.
const TargetFindings* MainTarget(const AllFindings& all, const model::Run& run) {
  if (all.empty()) return nullptr;
  const TargetFindings& root = all.front();
  const bool is_launcher =
      Lived_s(root) < kShortLife_s && HasVanished(root, run) && root.target->exit_status == 0;
  if (!is_launcher) return &root;
  return &*std::max_element(
      all.begin(), all.end(),
      [](const TargetFindings& a, const TargetFindings& b) { return Lived_s(a) < Lived_s(b); });
}

double GrowthRank(const TargetFindings& findings) {
  double certain = 0;
  for (const GrowingStack& stack : findings.stacks.growing) certain += stack.verdict.ci_low;
  const double rss = findings.rss_grows ? 3600 * findings.rss_swap.ci_low_per_s : 0;
  const double heap = findings.heap_grows ? 3600 * findings.heap_live.ci_low_per_s : 0;
  return std::max({findings.stacks_grow ? certain : 0, rss, heap});
}

// The target that grows most; null when none grows.
const TargetFindings* GrowingTarget(const AllFindings& all) {
  const TargetFindings* worst = nullptr;
  for (const TargetFindings& findings : all) {
    if (findings.growth_class != GrowthClass::kGrowth) continue;
    if (worst == nullptr || GrowthRank(findings) > GrowthRank(*worst)) worst = &findings;
  }
  return worst;
}

// Why the run cannot be judged; empty when it can.
std::string Shortage(const AllFindings& all, const TargetFindings* main, const model::Run& run) {
  if (main == nullptr) return "no process was observed";
  if (!main->shortage.empty()) {
    return "too little data of " + TargetName(*main->target) + " (" + main->shortage + ")";
  }
  for (const TargetFindings& findings : all) {
    const bool matters =
        Lived_s(findings) >= kShortLife_s && Lived_s(findings) >= kMatteringShare * run.duration_s;
    if (matters && !findings.shortage.empty()) {
      return "too little data of " + TargetName(*findings.target) + " (" + findings.shortage + ")";
    }
  }
  return {};
}

void WarnOfTarget(const model::RunData& data, const TargetFindings& findings, bool is_summarised,
                  std::vector<std::string>& warnings) {
  const std::string name = TargetName(*findings.target);
  // The summary has said the first already.
  const size_t said = is_summarised ? 1 : 0;
  for (size_t i = said; i < findings.resources.growing.size(); ++i) {
    warnings.push_back(name + (is_summarised ? " also " : " ") +
                       DescribeGrowth(findings.resources, findings.resources.growing[i]));
  }
  if (const std::string pressure = DescribePressure(data, findings.target->id); !pressure.empty()) {
    warnings.push_back(name + ": " + pressure);
  }
  if (!findings.has_probe) {
    warnings.push_back(name + ": no heap data (" +
                       (findings.target->probe.empty() ? "no probe" : findings.target->probe) +
                       "); judged by resident memory only");
  }
  if (findings.rss_is_ratchet) warnings.push_back(name + ": " + RatchetRemedy(findings));
  if (findings.rss_is_slack) {
    warnings.push_back(name + ": RSS grows by " +
                       model::FormatBytesPerHour(3600 * findings.rss_swap.slope_per_s) +
                       " while the live heap is flat: allocator slack or direct mappings");
  }
  if (findings.stacks_shift) {
    warnings.push_back(name + ": " + std::to_string(findings.stacks.growing.size()) +
                       " stacks grow while the live heap, or what is mapped, as a whole does not: "
                       "memory that moved");
  }
  if (findings.stacks.moved > 0) {
    warnings.push_back(name + ": " + std::to_string(findings.stacks.moved) +
                       " stacks grow by what others of the same caller lose: memory that moved");
  }
  const std::pair<const Trend*, const char*> counts[] = {{&findings.fds, "file descriptors"},
                                                         {&findings.threads, "threads"}};
  for (const auto& [trend, what] : counts) {
    if (trend->growth_class == GrowthClass::kInsufficientData && findings.shortage.empty()) {
      warnings.push_back(name + ": " + what + " not judged: " + trend->explanation);
    }
  }
}

std::vector<std::string> Warnings(const model::RunData& data, const AllFindings& all,
                                  const TargetFindings* main, const TargetFindings* growing) {
  const model::Run& run = data.run;
  std::vector<std::string> warnings;
  if (!run.is_finished) warnings.push_back("the run has no end: judged by what was recorded");
  if (main == nullptr) return warnings;
  if (main != &all.front()) {
    warnings.push_back(TargetName(*all.front().target) + " ended after " +
                       model::FormatDuration(Lived_s(all.front())) + "; " +
                       TargetName(*main->target) + " is judged in its place");
  }
  if (HasVanished(*main, run)) {
    warnings.push_back(TargetName(*main->target) + " vanished at " +
                       model::FormatDuration(main->life.end_s) + " of " +
                       model::FormatDuration(run.duration_s) + ": judged by the time before");
  }
  size_t ignored = 0;
  for (const TargetFindings& findings : all) {
    const bool is_judged = findings.shortage.empty();
    if (&findings != main && !is_judged) ++ignored;
    if (&findings == main || is_judged) {
      WarnOfTarget(data, findings, &findings == growing, warnings);
    }
  }
  if (ignored > 0) {
    warnings.push_back(std::to_string(ignored) + " of " + std::to_string(all.size()) +
                       " processes lived too short, or left too few data, to be judged");
  }
  return warnings;
}

// Growing stacks of all targets in one ranking, with their share of the growth; the list ends when
// it makes most of it.
std::vector<model::StackVerdict> RankStacks(const AllFindings& all) {
  std::vector<model::StackVerdict> stacks;
  double growth = 0;
  for (const TargetFindings& findings : all) {
    if (!findings.stacks_grow) continue;
    for (const GrowingStack& stack : findings.stacks.growing) {
      stacks.push_back(stack.verdict);
      growth += stack.verdict.growth_bytes_per_hour;
    }
  }
  for (model::StackVerdict& stack : stacks) stack.share = stack.growth_bytes_per_hour / growth;
  std::stable_sort(stacks.begin(), stacks.end(),
                   [](const model::StackVerdict& a, const model::StackVerdict& b) {
                     return a.ci_low > b.ci_low;
                   });
  double listed = 0;
  size_t count = 0;
  while (count < std::min(stacks.size(), kMostListed) && listed < kEnoughListed) {
    listed += stacks[count++].share;
  }
  stacks.resize(count);
  return stacks;
}

void SetConfidence(const Confidence& confidence, model::Verdict& verdict) {
  verdict.confidence = confidence.level;
  verdict.confidence_reason = confidence.reason;
}

// Resident memory decides when the limit is reached. While the allocator still fills its slack it
// does not rise yet: then the live heap says how fast it will.
Trend MemoryTrend(const TargetFindings& findings) {
  Trend memory = findings.rss_swap;
  if (!findings.rss_grows && findings.heap_grows) {
    const double end_level = memory.end_level;
    memory = findings.heap_live;
    memory.end_level = end_level;
  }
  return memory;
}

}  // namespace

model::Verdict Analyze(const model::RunData& data) {
  AllFindings all;
  for (const model::Target& target : data.targets) all.push_back(JudgeTarget(data, target));
  all = JudgeLineages(data, std::move(all));
  const TargetFindings* main = MainTarget(all, data.run);
  const TargetFindings* growing = GrowingTarget(all);
  const std::string shortage = Shortage(all, main, data.run);

  ServiceFindings service = JudgeService(data);

  model::Verdict verdict;
  verdict.service = std::move(service.series);
  for (const TargetFindings& findings : all) {
    verdict.series.insert(verdict.series.end(), findings.series.begin(), findings.series.end());
    if (findings.lineage) verdict.lineages.push_back(ToLineageVerdict(findings));
  }
  verdict.warnings = Warnings(data, all, main, growing);
  verdict.stacks = RankStacks(all);
  if (const TargetFindings* subject = growing != nullptr ? growing : main) {
    verdict.attributed_target = subject->target->id;
    verdict.detectable_per_hour = 3600 * subject->detectable_per_s;
    if (subject->stacks_grow) verdict.heap_growth_explained = subject->stacks.explained;
    verdict.rss_slope_per_hour = subject->memory.rss_slope_per_hour;
    verdict.attribution = subject->memory.parts;
  }
  if (growing != nullptr) {
    verdict.growth_class = GrowthClass::kGrowth;
    verdict.exit_code = model::ExitCode::kGrowth;
    SetConfidence(ConfidenceInGrowth(*growing), verdict);
    // A restart takes away what a life has grown by.
    if (!growing->lineage) verdict.forecast = ForecastLimit(data.run, MemoryTrend(*growing));
    if (verdict.forecast) verdict.forecasts.push_back(*verdict.forecast);
    for (const GrowingResource& resource : growing->resources.growing) {
      if (resource.forecast) verdict.forecasts.push_back(*resource.forecast);
    }
    verdict.summary = SummarizeGrowth(*growing, verdict.forecast);
  } else if (!service.summary.empty()) {
    verdict.growth_class = GrowthClass::kGrowth;
    verdict.exit_code = model::ExitCode::kGrowth;
    SetConfidence(ConfidenceInService(service.p_value), verdict);
    verdict.summary = service.summary;
  } else if (!shortage.empty()) {
    verdict.growth_class = GrowthClass::kInsufficientData;
    verdict.exit_code = model::ExitCode::kInconclusive;
    verdict.confidence = "low";
    verdict.summary = SummarizeInconclusive(shortage);
    for (const TargetFindings& findings : all) {
      if (findings.snapshots != 0) verdict.heaps.push_back(MeasureHeap(data, *findings.target));
    }
  } else {
    verdict.growth_class = main->growth_class;
    verdict.exit_code = model::ExitCode::kPass;
    SetConfidence(ConfidenceInPass(*main), verdict);
    if (main->rss_is_ratchet) verdict.forecast = ForecastLimit(data.run, main->rss_swap);
    if (verdict.forecast) verdict.forecasts.push_back(*verdict.forecast);
    verdict.summary = SummarizePass(*main, verdict.forecast);
  }
  return verdict;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/verdict.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "analysis/confidence.h"
#include "analysis/drift_words.h"
#include "analysis/lineage_findings.h"
#include "analysis/load/load_findings.h"
#include "analysis/memory/forecast.h"
#include "analysis/run_warnings.h"
#include "analysis/service_findings.h"
#include "analysis/stacks/standing.h"
#include "analysis/summary.h"
#include "analysis/target_findings.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;
using AllFindings = std::vector<TargetFindings>;

constexpr size_t kMostListed = 20;  // stacks: analysis.md 2.4.7
constexpr double kEnoughListed = 0.9;
constexpr double kMatteringShare = 0.5;  // of the run; a child that lived so long must be judged

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

// Growing stacks of all targets in one ranking, with their share of the growth; the list ends when
// it makes most of it, and the others are kept apart.
void RankStacks(const AllFindings& all, model::Verdict& verdict) {
  std::vector<model::StackVerdict>& stacks = verdict.stacks;
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
  const auto end = stacks.begin() + static_cast<std::ptrdiff_t>(count);
  verdict.small_stacks.assign(end, stacks.end());
  stacks.erase(end, stacks.end());
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
  const std::vector<LoadSeries> load = SplitLoad(data.load);
  const LoadCovariate covariate = ChooseCovariate(load, data.run.duration_s);
  for (const model::Target& target : data.targets) {
    all.push_back(JudgeTarget(data, target, covariate));
  }
  all = JudgeLineages(data, std::move(all));
  const TargetFindings* main = MainTarget(all, data.run);
  const TargetFindings* growing = GrowingTarget(all);
  const std::string shortage = Shortage(all, main, data.run);

  ServiceFindings service = JudgeService(data, covariate.rate);

  model::Verdict verdict;
  verdict.service = std::move(service.series);
  for (const TargetFindings& findings : all) {
    // Of jobs, thousands in a day, only their number is told.
    const bool is_job = Lived_s(findings) < kShortLife_s && !findings.shortage.empty();
    if (&findings == main || !is_job) {
      verdict.series.insert(verdict.series.end(), findings.series.begin(), findings.series.end());
    }
    if (findings.lineage) verdict.lineages.push_back(ToLineageVerdict(findings));
  }
  const LoadFindings answers = JudgeLoad(load, data.run.duration_s);
  const std::vector<const model::SeriesVerdict*> drifting = answers.Drifting();
  verdict.series.insert(verdict.series.end(), answers.series.begin(), answers.series.end());
  verdict.load = {covariate.source, answers.operations};
  verdict.warnings = RunWarnings(data, all, main, growing);
  verdict.warnings.insert(verdict.warnings.end(), answers.warnings.begin(), answers.warnings.end());
  verdict.shortage = shortage;
  RankStacks(all, verdict);
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
    // What grows is the probable cause of what becomes slower: one finding.
    verdict.summary = SummarizeGrowth(*growing, verdict.forecast) + AlsoDrifts(drifting);
  } else if (!service.summary.empty()) {
    verdict.growth_class = GrowthClass::kGrowth;
    verdict.exit_code = model::ExitCode::kGrowth;
    SetConfidence(ConfidenceInService(service.p_value), verdict);
    verdict.summary = service.summary + AlsoDrifts(drifting);
  } else if (!drifting.empty()) {
    verdict.growth_class = GrowthClass::kDrift;
    verdict.exit_code = model::ExitCode::kLimit;
    SetConfidence(ConfidenceInDrift(drifting), verdict);
    verdict.summary = SummarizeDrift(drifting);
    if (!shortage.empty()) verdict.warnings.push_back("growth was not judged: " + shortage);
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

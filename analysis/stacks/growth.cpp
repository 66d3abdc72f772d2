// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/growth.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "analysis/stacks/ages.h"
#include "analysis/stacks/candidates.h"
#include "analysis/stacks/survival.h"
#include "analysis/stacks/timeline.h"
#include "analysis/stats/false_discovery.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::StackKind;
using model::StackLevel;

constexpr double kFalseDiscoveryRate = 0.05;
constexpr double kLargestLateP = 0.05;
constexpr size_t kFewestBirthWindows = 4;
constexpr double kLeastGrowth_bytes = 256.0 * 1024;
constexpr double kLeastGrowthShare = 0.0005;  // of the live heap, or of what is mapped
constexpr double kLargestPooledP = 0.01;
constexpr double kOneSided95 = 1.645;

bool IsGrowing(const StackTally& tally, const StackEvidence& evidence, double largest_p,
               double least_growth_bytes) {
  return evidence.p_value <= largest_p && evidence.p_late <= kLargestLateP &&
         evidence.birth_windows >= kFewestBirthWindows && !evidence.has_stopped &&
         evidence.has_rising_troughs && tally.growth_bytes >= least_growth_bytes &&
         GrowthDeviate(tally, evidence) > kOneSided95;
}

std::string Percent(double share) {
  return std::to_string(std::llround(100 * share)) + " %";
}

// What is judged: a life, or several with the time that they have together.
struct Judged {
  model::TargetId target{};  // the last one
  size_t lives = 0;
  double length_s = 0;
};

std::string Explain(const Candidate& candidate, StackKind kind, const Survival& survival,
                    const Judged& judged) {
  const double half_s = judged.length_s / 2 / static_cast<double>(judged.lives);
  const auto count = [](double samples) { return std::to_string(std::llround(samples)); };
  const bool is_heap = kind == StackKind::kHeap;
  double survivors = 0;
  for (const double samples : candidate.tally.survivors) survivors += samples;
  const size_t stacks = candidate.members.size();
  return count(survivors) + (is_heap ? " blocks sampled here" : " regions mapped here") +
         (stacks > 1 ? ", at " + std::to_string(stacks) + " stacks," : "") +
         (judged.lives == 1
              ? " in the last " + model::FormatDuration(judged.length_s) + " are still in use"
              : " in " + std::to_string(judged.lives) + " lives, " +
                    model::FormatDuration(judged.length_s) +
                    " together, were in use at the end of each") +
         ", born in " + std::to_string(candidate.evidence.birth_windows) + " of " +
         std::to_string(kBirthWindows) + " periods; of those that had lived long before, " +
         count(candidate.tally.died) + (is_heap ? " were freed" : " were unmapped") + "; " +
         Percent(survival.never_freed) + " of what is allocated here outlives " +
         model::FormatDuration(half_s) +
         (std::isfinite(survival.lifetime_p50_s)
              ? ", half of it is gone after " + model::FormatDuration(survival.lifetime_p50_s)
              : "");
}

void AddCohorts(std::vector<Cohort>& sum, const std::vector<Cohort>& other) {
  if (sum.empty()) sum = std::vector<Cohort>(other.size());
  for (size_t i = 0; i < std::min(sum.size(), other.size()); ++i) {
    sum[i].age_s = other[i].age_s;
    sum[i].born += other[i].born;
    sum[i].surviving += other[i].surviving;
  }
}

GrowingStack MakeGrowing(const Candidate& candidate, StackLevel level,
                         const std::vector<Counted>& counted, const Judged& judged) {
  const Window& window = counted[candidate.members.front()].window;
  const model::StackHistory& first = *counted[candidate.members.front()].history;
  const double hours = judged.length_s / 3600;
  const double growth = candidate.tally.growth_bytes;
  GrowingStack growing;
  growing.p_value = candidate.evidence.p_value;
  growing.deviate = GrowthDeviate(candidate.tally, candidate.evidence);
  const double standard_error = growing.deviate > 0 ? growth / growing.deviate : 0;
  model::StackVerdict& verdict = growing.verdict;
  verdict.target = judged.target;
  verdict.stack = first.stack.id;
  verdict.kind = first.stack.kind;
  verdict.level = level;
  verdict.stack_count = candidate.members.size();
  verdict.growth_class = model::GrowthClass::kGrowth;
  verdict.growth_bytes_per_hour = growth / hours;
  verdict.ci_low = (growth - kOneSided95 * standard_error) / hours;
  double variance = 0;
  std::vector<model::SurvivorBin> survivors;
  std::vector<Cohort> cohorts;
  for (const size_t member : candidate.members) {
    const model::StackHistory& history = *counted[member].history;
    AddCohorts(cohorts, FindCohorts(history, counted[member].window));
    if (history.stack.target != judged.target) continue;  // ended with all that it had
    const model::StackPoint last = PointAt(history, window.end_s);
    verdict.live_bytes += last.live_bytes;
    variance += std::max(0.0, last.live_variance);
    survivors.insert(survivors.end(), history.survivors.begin(), history.survivors.end());
  }
  std::stable_sort(survivors.begin(), survivors.end(),
                   [](const auto& a, const auto& b) { return a.born_from_s < b.born_from_s; });
  verdict.live_bytes_se = std::sqrt(variance);
  verdict.age_p10_s = AgeQuantile_s(survivors, window.end_s, 0.1);
  verdict.age_p50_s = AgeQuantile_s(survivors, window.end_s, 0.5);
  verdict.age_p90_s = AgeQuantile_s(survivors, window.end_s, 0.9);
  const Survival survival = MeasureSurvival(cohorts, window);
  verdict.never_freed = survival.never_freed;
  verdict.never_freed_low = survival.never_freed_low;
  verdict.explanation = Explain(candidate, verdict.kind, survival, judged);
  return growing;
}

// The search through the levels, from the finest one on.
class Search {
 public:
  Search(const model::RunData& data, const std::vector<JudgedLife>& lives, double least_heap_bytes,
         double least_mapped_bytes)
      : sites_(data.modules, lives.size() > 1),
        judged_{lives.back().target, lives.size()},
        least_heap_bytes_(least_heap_bytes),
        least_mapped_bytes_(least_mapped_bytes) {
    for (const JudgedLife& life : lives) {
      judged_.length_s += life.window.end_s - life.window.begin_s;
      for (const model::StackHistory& history : data.stacks) {
        if (history.stack.target == life.target) Count(history, life.window);
      }
    }
    for (size_t i = 0; i < counted_.size(); ++i) {
      counted_[i].has_stopped = WeighTally(counted_[i].tally).has_stopped;
      const uint64_t caller = sites_.CallerKey(counted_[i].history->stack);
      if (caller != 0) of_caller_[caller].push_back(i);
    }
  }

  StackFindings Find() {
    const std::vector<Candidate> single = SingleStacks(counted_);
    findings_.tested = single.size();
    Test(single, StackLevel::kStack);
    for (const StackLevel level : {StackLevel::kSite, StackLevel::kFunction}) {
      Test(PooledStacks(counted_, sites_, level), level);
    }
    Summarize();
    std::sort(findings_.growing.begin(), findings_.growing.end(),
              [](const GrowingStack& a, const GrowingStack& b) {
                if (a.verdict.ci_low != b.verdict.ci_low) {
                  return a.verdict.ci_low > b.verdict.ci_low;
                }
                return a.verdict.stack < b.verdict.stack;
              });
    return std::move(findings_);
  }

 private:
  // The same stack of an earlier life is one with this. Without frames nobody knows.
  void Count(const model::StackHistory& history, const Window& window) {
    const uint64_t key = sites_.Key(history.stack, StackLevel::kStack);
    const auto [known, is_new] = places_.try_emplace(key, counted_.size());
    if (is_new || key == 0 || judged_.lives == 1) {
      counted_.push_back({&history, window, TallyStack(history, window)});
      return;
    }
    Counted& stack = counted_[known->second];
    stack.tally += TallyStack(history, window);
    stack.history = &history;
    stack.window = window;
  }

  void Test(const std::vector<Candidate>& candidates, StackLevel level) {
    std::vector<double> p_values;
    for (const Candidate& candidate : candidates) p_values.push_back(candidate.evidence.p_value);
    const double largest_p = LargestDiscovery(std::move(p_values), kFalseDiscoveryRate);
    for (const Candidate& candidate : candidates) {
      const model::Stack& stack = counted_[candidate.members.front()].history->stack;
      const bool is_heap = stack.kind == StackKind::kHeap;
      const double least_bytes = is_heap ? least_heap_bytes_ : least_mapped_bytes_;
      if (!IsGrowing(candidate.tally, candidate.evidence, largest_p, least_bytes)) continue;
      for (const size_t member : candidate.members) counted_[member].is_taken = true;
      const auto of_caller = of_caller_.find(sites_.CallerKey(stack));
      if (of_caller != of_caller_.end() && HasMoved(candidate, counted_, of_caller->second)) {
        ++findings_.moved;
      } else {
        findings_.growing.push_back(MakeGrowing(candidate, level, counted_, judged_));
      }
    }
  }

  void Summarize() {
    StackTally together;
    double heap_growth = 0;
    for (const Counted& one : counted_) {
      if (one.history->stack.kind != StackKind::kHeap) continue;
      heap_growth += one.tally.growth_bytes;
      if (!one.has_stopped) together += one.tally;
    }
    findings_.is_growing_together =
        IsGrowing(together, WeighTally(together), kLargestPooledP, least_heap_bytes_);
    double growing = 0;
    for (const GrowingStack& one : findings_.growing) {
      if (one.verdict.kind != StackKind::kHeap) continue;
      growing += one.verdict.growth_bytes_per_hour * judged_.length_s / 3600;
    }
    if (heap_growth > 0) findings_.explained = std::min(1.0, growing / heap_growth);
  }

  CallSites sites_;
  Judged judged_;
  double least_heap_bytes_;
  double least_mapped_bytes_;
  std::vector<Counted> counted_;
  std::unordered_map<uint64_t, size_t> places_;  // in counted_, of a whole stack
  std::unordered_map<uint64_t, std::vector<size_t>> of_caller_;
  StackFindings findings_;
};

}  // namespace

double LeastStackGrowth(double level_bytes) {
  return std::max(kLeastGrowth_bytes, kLeastGrowthShare * std::abs(level_bytes));
}

StackFindings FindGrowingStacks(const model::RunData& data, const std::vector<JudgedLife>& lives,
                                double heap_level_bytes, double mapped_level_bytes) {
  if (lives.empty()) return {};
  return Search(data, lives, LeastStackGrowth(heap_level_bytes),
                LeastStackGrowth(mapped_level_bytes))
      .Find();
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/stack_growth.h"

#include <algorithm>
#include <cmath>

#include "storage/model/units.h"

namespace seep::analysis {
namespace {

constexpr double kFewestSurvivors = 6;  // analysis.md 2.4.5
constexpr double kFalseDiscoveryRate = 0.05;
constexpr double kLargestLateP = 0.05;
constexpr size_t kFewestBirthWindows = 4;
constexpr double kLeastGrowth_bytes = 256.0 * 1024;
constexpr double kLeastGrowthShare = 0.01;  // of the live heap, or of what is mapped
constexpr double kLargestPooledP = 0.01;
constexpr double kOneSided95 = 1.645;
constexpr double kExactDeviate = 100;  // every allocation counted: no sampling error

struct Tested {
  const model::StackHistory* history = nullptr;
  StackTally tally;
  StackEvidence evidence;
};

// Benjamini & Hochberg 1995: the largest p that is still a discovery among all of them; negative
// when none is.
double LargestDiscovery(const std::vector<Tested>& tested) {
  std::vector<double> p_values;
  for (const Tested& one : tested) p_values.push_back(one.evidence.p_value);
  std::sort(p_values.begin(), p_values.end());
  const auto m = static_cast<double>(p_values.size());
  double largest = -1;
  for (size_t i = 0; i < p_values.size(); ++i) {
    if (p_values[i] <= kFalseDiscoveryRate * static_cast<double>(i + 1) / m) largest = p_values[i];
  }
  return largest;
}

bool IsGrowing(const StackTally& tally, const StackEvidence& evidence, double largest_p,
               double least_growth_bytes) {
  return evidence.p_value <= largest_p && evidence.p_late <= kLargestLateP &&
         evidence.birth_windows >= kFewestBirthWindows && !evidence.has_stopped &&
         tally.growth_bytes >= least_growth_bytes &&
         tally.growth_bytes > kOneSided95 * std::sqrt(tally.growth_variance);
}

std::string Explain(const Tested& tested, const Window& window) {
  const auto count = [](double samples) { return std::to_string(std::llround(samples)); };
  const bool is_heap = tested.history->stack.kind == model::StackKind::kHeap;
  return count(tested.tally.born) +
         (is_heap ? " blocks sampled here in the last " : " regions mapped here in the last ") +
         model::FormatDuration(window.end_s - window.begin_s) + " are still in use, " +
         count(tested.tally.died) +
         (is_heap ? " older ones were freed" : " older ones were unmapped") + "; births in " +
         std::to_string(tested.evidence.birth_windows) + " of " + std::to_string(kBirthWindows) +
         " periods";
}

GrowingStack MakeGrowing(const Tested& tested, const Window& window) {
  const double hours = (window.end_s - window.begin_s) / 3600;
  const double growth = tested.tally.growth_bytes;
  const double standard_error = std::sqrt(tested.tally.growth_variance);
  const model::StackPoint last = StateAt(*tested.history, window.end_s);
  GrowingStack growing;
  growing.p_value = tested.evidence.p_value;
  growing.deviate = standard_error > 0 ? growth / standard_error : kExactDeviate;
  growing.verdict.target = tested.history->stack.target;
  growing.verdict.stack = tested.history->stack.id;
  growing.verdict.kind = tested.history->stack.kind;
  growing.verdict.growth_class = model::GrowthClass::kGrowth;
  growing.verdict.growth_bytes_per_hour = growth / hours;
  growing.verdict.ci_low = (growth - kOneSided95 * standard_error) / hours;
  growing.verdict.live_bytes = last.live_bytes;
  growing.verdict.live_bytes_se = std::sqrt(std::max(0.0, last.live_variance));
  growing.verdict.age_p50_s = MedianAge_s(*tested.history, window.end_s);
  growing.verdict.explanation = Explain(tested, window);
  return growing;
}

}  // namespace

double LeastStackGrowth(double level_bytes) {
  return std::max(kLeastGrowth_bytes, kLeastGrowthShare * std::abs(level_bytes));
}

StackFindings FindGrowingStacks(const model::RunData& data, model::TargetId target,
                                const Window& window, double heap_level_bytes,
                                double mapped_level_bytes) {
  std::vector<Tested> tested;
  StackTally together;
  for (const model::StackHistory& history : data.stacks) {
    if (history.stack.target != target) continue;
    const StackTally tally = TallyStack(history, window);
    const StackEvidence evidence = WeighTally(tally);
    const bool is_heap = history.stack.kind == model::StackKind::kHeap;
    if (is_heap && !evidence.has_stopped) together += tally;
    if (tally.born >= kFewestSurvivors) tested.push_back({&history, tally, evidence});
  }
  const double largest_discovery = LargestDiscovery(tested);
  const double least_growth_bytes = LeastStackGrowth(heap_level_bytes);
  StackFindings findings;
  findings.tested = tested.size();
  findings.is_growing_together =
      IsGrowing(together, WeighTally(together), kLargestPooledP, least_growth_bytes);
  for (const Tested& one : tested) {
    const bool is_heap = one.history->stack.kind == model::StackKind::kHeap;
    const double least = is_heap ? least_growth_bytes : LeastStackGrowth(mapped_level_bytes);
    if (IsGrowing(one.tally, one.evidence, largest_discovery, least) &&
        HasRisingTroughs(*one.history, window)) {
      findings.growing.push_back(MakeGrowing(one, window));
    }
  }
  std::sort(findings.growing.begin(), findings.growing.end(),
            [](const GrowingStack& a, const GrowingStack& b) {
              if (a.verdict.ci_low != b.verdict.ci_low) return a.verdict.ci_low > b.verdict.ci_low;
              return a.verdict.stack < b.verdict.stack;
            });
  return findings;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/survival.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "analysis/stacks/timeline.h"
#include "analysis/stats/distributions.h"
#include "storage/model/heap_window.h"

namespace seep::analysis {
std::vector<Cohort> FindCohorts(const model::StackHistory& history, const Window& window) {
  const Timeline timeline(history);
  const double length_s =
      model::WindowLength(std::max(0.0, window.end_s - history.observed_from_s));
  std::vector<Cohort> cohorts;
  const double begin_s = timeline.WindowBegin(window.begin_s, window.end_s);
  double to_s = window.end_s;
  for (double from_s = timeline.WindowBegin(to_s, window.end_s); from_s >= begin_s;
       to_s = from_s, from_s -= length_s) {
    const double born = timeline.At(to_s).born - timeline.At(from_s).born;
    const double surviving = timeline.BornIn(from_s, to_s).samples;
    // A block born between a snapshot and the border is counted in the window after it.
    cohorts.push_back({window.end_s - (from_s + to_s) / 2, std::max(born, surviving), surviving});
  }
  return cohorts;
}

std::vector<SurvivalStep> EstimateSurvival(const std::vector<Cohort>& cohorts) {
  const auto share = [](const Cohort& cohort) { return cohort.surviving / cohort.born; };
  std::vector<Cohort> pools;  // each of the youngest age in it, with all births and survivors
  for (const Cohort& cohort : cohorts) {
    if (!(cohort.born > 0)) continue;
    pools.push_back(cohort);
    while (pools.size() > 1 && share(pools.back()) > share(pools[pools.size() - 2])) {
      const Cohort older = pools.back();
      pools.pop_back();
      pools.back().born += older.born;
      pools.back().surviving += older.surviving;
    }
  }
  std::vector<SurvivalStep> steps;
  for (const Cohort& pool : pools) steps.push_back({pool.age_s, share(pool)});
  return steps;
}

Survival MeasureSurvival(const std::vector<Cohort>& cohorts, const Window& window) {
  Survival survival;
  double born = 0;
  double surviving = 0;
  for (const Cohort& cohort : cohorts) {
    if (cohort.age_s < (window.end_s - window.begin_s) / 2) continue;
    born += cohort.born;
    surviving += cohort.surviving;
  }
  if (born > 0) survival.never_freed = surviving / born;
  survival.never_freed_low = ShareLowerBound(surviving, born, 0.95);
  survival.lifetime_p50_s = std::numeric_limits<double>::infinity();
  for (const SurvivalStep& step : EstimateSurvival(cohorts)) {
    if (step.share <= 0.5) {
      survival.lifetime_p50_s = step.age_s;
      break;
    }
  }
  return survival;
}

}  // namespace seep::analysis

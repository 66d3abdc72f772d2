// SPDX-License-Identifier: Apache-2.0
// One metric over several lives of one program: what it does with age in all of them. Every life
// has a level of its own, so that a step at a restart is never growth; warm-up and slope are common
// (docs/analysis.md, "Over restarts").
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/series/trend.h"
#include "storage/model/series.h"

namespace seep::analysis {

inline constexpr size_t kFewestLives = 3;

struct LifeSeries {
  double begin_s = 0;                // since the start of the run
  double length_s = 0;               // of the life
  std::vector<model::Point> points;  // t_s: age
};

struct PanelTrend {
  Trend trend;         // of the mean over the lives, by age; per second of life
  size_t lives = 0;    // that were long enough to count
  size_t rising = 0;   // of them, those with a slope of their own above 0
  double p_value = 1;  // one-sided, of a mean slope of 0 when each life is one observation
};

// Growth only if the mean over the lives grows as one series would have to, most lives rise, and
// their slopes are above 0 as independent observations.
PanelTrend EstimatePanelTrend(const std::vector<LifeSeries>& lives, const TrendLimits& limits);

// Where each life begins, over the lives: what grows outside of the process.
struct StartTrend {
  bool is_growing = false;
  double slope_per_s = 0;  // of the time of the run
  double rise = 0;         // from the first start to the last
  size_t starts = 0;
};

// Lives in order of their begin. A level that was moved once, as by another version of the program,
// is no growth.
StartTrend EstimateStartTrend(const std::vector<LifeSeries>& lives, const TrendLimits& limits);

}  // namespace seep::analysis

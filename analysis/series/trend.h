// SPDX-License-Identifier: Apache-2.0
// Does one series grow, how fast, since when, and how sure is that? The slope is what remains
// beside load, warm-up, steps and cycles, under whatever autocorrelated noise the data allow;
// votes, persistence and a least effect that matters decide (analysis.md 2.2, docs/analysis.md).
#pragma once

#include <string>
#include <vector>

#include "analysis/series/blocks.h"
#include "analysis/series/slope_posterior.h"
#include "storage/model/series.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// What is worth reporting for a kind of quantity, and its resolution.
struct TrendLimits {
  double least_rise = 0;        // over the usable window, in the unit of the series
  double least_rise_share = 0;  // of the level; the larger of the two decides
  double quantum = 0;           // smallest difference the measurement can show
};
TrendLimits BytesLimits();    // 512 KiB and 2 %
TrendLimits MappingLimits();  // 20 and 5 %: some come with every thread, arena and library
TrendLimits CountsLimits();   // 3 and 5 %: file descriptors, threads

struct Trend {
  model::GrowthClass growth_class = model::GrowthClass::kInsufficientData;
  std::string explanation;  // one line: why this class
  double slope_per_s = 0;
  double ci_low_per_s = 0;  // 95 %
  double ci_high_per_s = 0;
  double p_value = 1;           // one-sided, of a slope above 0
  double detectable_per_s = 0;  // smallest growth that would have been seen, 90 % of the time
  double level = 0;             // median
  double end_level = 0;         // of the fitted line
  double peak_above_line = 0;   // 99 % quantile of the peaks above the line
  double warmup_end_s = 0;      // where a saturating part has 1 % of the level left to rise
  double since_s = 0;           // where the growth begins
  double usable_s = 0;
  double rise = 0;         // slope * time since it began
  double late_share = 0;   // slope of the late half over the slope
  double early_share = 0;  // of the early half
  double last_share = 0;   // of the last quarter
  double period_s = 0;     // of its cycle; 0: none
  size_t points = 0;
  // What a forecast draws from.
  SlopePosterior slope;                  // per usable_s
  std::vector<double> residuals;         // of the blocks' medians around the line
  std::vector<double> peaks_above_line;  // the largest values of equal slices of time
  bool is_peak_growth = false;           // its peaks rise, its middle and troughs do not
};

// `load`: requests, connections, of the same time; empty: not known.
Trend EstimateTrend(const std::vector<model::Point>& points, const Window& window,
                    const TrendLimits& limits, const std::vector<model::Point>& load = {});

// Of a series that is reduced already. `points`: what it was made of, to see peaks between its
// blocks; empty: they are not known. `covariates`: columns that may explain it instead of time.
Trend TrendOfBlocks(const Blocks& blocks, const std::vector<model::Point>& points,
                    const std::vector<std::vector<double>>& covariates, const TrendLimits& limits,
                    double period_s);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// From the fits of a series to its class: the table of analysis.md 2.2, first match wins.
#pragma once

#include "analysis/series/blocks.h"
#include "analysis/series/line_fit.h"
#include "analysis/series/trend.h"

namespace seep::analysis {

struct SeriesFits {
  const Blocks& blocks;
  bool has_load = false;
  LineFit median{};
  LineFit lower{};
};

// One-sided: the lower envelope must rise with this certainty.
inline constexpr double kStrictProbability = 0.98;

// Sets class, explanation and is_peak_growth of a trend that is complete otherwise.
void Classify(const SeriesFits& fits, const TrendLimits& limits, double least_rise, Trend& trend);

}  // namespace seep::analysis

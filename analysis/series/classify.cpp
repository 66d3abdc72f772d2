// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/classify.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

constexpr double kLooseProbability = 0.95;  // the medians
constexpr double kBendProbability = 0.998;  // a late begin was chosen out of many
constexpr double kPersistence = 0.4;        // the late half must have this share of the slope
constexpr double kEnvelopeShare = 0.4;      // of the medians' slope: troughs follow
constexpr double kTroughRise = 0.05;        // of the rise, between the troughs of the two halves
constexpr double kSwing = 0.05;             // of the level, from trough to peak: worth a word
// A staircase is a job that leaks, not a handful of events: regular in height and distance.
constexpr size_t kStaircaseSteps = 4;
constexpr double kStaircaseRatio = 3;  // of the largest to the smallest
constexpr double kLoadExplains = 0.5;  // partial r squared

// A sawtooth rises between releases and returns: its troughs do not rise.
double TroughRise(const std::vector<double>& lower) {
  const auto middle = lower.begin() + static_cast<std::ptrdiff_t>(lower.size() / 2);
  return *std::min_element(middle, lower.end()) - *std::min_element(lower.begin(), middle);
}

bool HasVotes(const SeriesFits& fits, const Trend& trend) {
  const double strict = fits.median.Since() > 0 ? kBendProbability : kStrictProbability;
  return fits.lower.slope.UpperTail(0) > strict &&
         fits.median.slope.UpperTail(0) > kLooseProbability &&
         fits.lower.slope.mean() > kEnvelopeShare * fits.median.slope.mean() &&
         trend.late_share > kPersistence &&
         TroughRise(fits.lower.adjusted) > kTroughRise * trend.rise;
}

struct Steps {
  double net = 0;
  size_t up = 0;
  size_t count = 0;
  bool is_regular = false;  // in height and distance, from the first to the last
};
Steps StepsOf(const LineFit& fit) {
  Steps steps;
  std::vector<double> at{0, 1};
  std::vector<double> heights;
  size_t column = 0;
  for (const Shape& shape : fit.shapes.shapes) {
    if (shape.kind == ShapeKind::kStep) {
      ++steps.count;
      steps.net += fit.effects[column];
      steps.up += fit.effects[column] > 0;
      at.push_back(shape.at);
      heights.push_back(std::abs(fit.effects[column]));
    }
    column += shape.columns.size();
  }
  if (steps.count < kStaircaseSteps) return steps;
  std::sort(at.begin(), at.end());
  std::vector<double> distances;
  for (size_t i = 2; i + 1 < at.size(); ++i) distances.push_back(at[i] - at[i - 1]);
  const auto is_even = [](const std::vector<double>& values) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return *most <= kStaircaseRatio * *least;
  };
  const double widest = kStaircaseRatio * Median(distances);
  steps.is_regular =
      is_even(heights) && is_even(distances) && at[1] < widest && 1 - at[at.size() - 2] < widest;
  return steps;
}

// What curves add between the first and the last block.
double CurveRise(const LineFit& fit) {
  double rise = 0;
  size_t column = 0;
  for (const Shape& shape : fit.shapes.shapes) {
    if (shape.kind == ShapeKind::kSaturation || shape.kind == ShapeKind::kBend) {
      rise += fit.effects[column] * (shape.columns[0].back() - shape.columns[0].front());
    }
    column += shape.columns.size();
  }
  return rise;
}

double LinearRise(const Blocks& blocks) {
  return TheilSenSlope(blocks.x, blocks.median);
}

std::string StepWords(const Steps& steps) {
  if (steps.count == 1)
    return steps.net > 0 ? "one step up, flat before and after" : "one step down";
  return std::to_string(steps.count) + " steps, flat between";
}

}  // namespace

void Classify(const SeriesFits& fits, const TrendLimits& limits, double least_rise, Trend& trend) {
  const auto decide = [&trend](GrowthClass growth_class, std::string explanation) {
    trend.growth_class = growth_class;
    trend.explanation = std::move(explanation);
  };
  const Blocks& blocks = fits.blocks;
  const Steps steps = StepsOf(fits.median);
  const double curve_rise = CurveRise(fits.median);
  const double swing = Quantile(blocks.upper, 0.9) - Quantile(blocks.lower, 0.1);
  const bool is_rising = HasVotes(fits, trend);
  const bool is_stairs = steps.is_regular && steps.up == steps.count && trend.p_value < 0.5 &&
                         steps.net > 2 * least_rise;
  if (is_rising && trend.rise >= least_rise) {
    decide(GrowthClass::kGrowth, fits.median.Since() > 0
                                     ? "rises since a change in the run, steadily until the end"
                                     : "rises through the whole time");
  } else if (is_stairs) {
    decide(GrowthClass::kStaircase,
           "rises in " + std::to_string(steps.count) + " steps, none of which is taken back");
  } else if (trend.ci_high_per_s < 0 && -trend.rise >= least_rise) {
    decide(GrowthClass::kDeclining, "falls");
  } else if (fits.has_load && LinearRise(blocks) >= least_rise &&
             trend.rise < (1 - kLoadExplains) * LinearRise(blocks)) {
    decide(GrowthClass::kLoadProportional, "rises and falls with the load");
  } else if (steps.count > 0 && std::abs(steps.net) >= least_rise &&
             std::abs(steps.net) > std::abs(curve_rise)) {
    decide(GrowthClass::kStep, StepWords(steps));
  } else if (curve_rise >= least_rise) {
    decide(GrowthClass::kWarmUp, "rose and levelled off");
  } else if (blocks.median.back() - blocks.first_level >= least_rise && trend.rise < least_rise &&
             trend.period_s == 0 && swing < kSwing * trend.level) {
    decide(GrowthClass::kWarmUp, "rose in the beginning, no growth beyond the noise since");
  } else if (swing >= kSwing * trend.level &&
             (trend.period_s > 0 || fits.median.shapes.Find(ShapeKind::kCycle) != nullptr)) {
    decide(GrowthClass::kPeriodic, "comes and goes in a cycle, and returns");
  } else {
    decide(GrowthClass::kStable, is_rising && trend.rise > 0 ? "rises by less than matters"
                                                             : "no growth beyond the noise");
  }
  if (!model::IsGrowth(trend.growth_class)) {
    const LineFit peaks = FitLine(blocks.x, blocks.upper, {}, limits.quantum, 0);
    trend.is_peak_growth = peaks.slope.is_solvable() &&
                           peaks.slope.UpperTail(0) > kStrictProbability &&
                           peaks.slope.mean() >= least_rise;
  }
}

}  // namespace seep::analysis

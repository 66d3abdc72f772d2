// SPDX-License-Identifier: Apache-2.0
#include "analysis/trend.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "analysis/distributions.h"
#include "analysis/least_squares.h"
#include "analysis/nuisance.h"
#include "analysis/robust.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

constexpr double kStrictProbability = 0.995;  // z = 2.576, one-sided: the lower envelope
constexpr double kLooseProbability = 0.95;    // z = 1.645: the medians
constexpr double kLooseDeviate = 1.645;
constexpr double kPersistence = 0.4;    // a part of the run must have this share of the slope
constexpr double kTroughRise = 0.2;     // of the rise, between the troughs of the two halves
constexpr double kPowerDeviate = 1.28;  // 90 % power (analysis.md 2.8)
constexpr double kFewestDegrees = 3;
// Of the Theil-Sen slope over that of least squares, for normal noise: pi / 3 (Sen 1968).
constexpr double kTheilSenVariance = 1.0472;

// One regression on blocks: Theil-Sen centre after the nuisances are taken off, standard error of
// the joint least squares fit.
struct SlopeFit {
  std::vector<double> adjusted;  // y without its nuisances
  double slope = 0;
  double standard_error = 0;
  double degrees = kFewestDegrees;
  double inflation = 1;
};

SlopeFit FitSlope(const std::vector<double>& time_s, const std::vector<double>& y,
                  const Nuisances& nuisances, double quantum) {
  std::vector<std::vector<double>> design{std::vector<double>(y.size(), 1.0)};
  design.insert(design.end(), nuisances.columns.begin(), nuisances.columns.end());
  design.push_back(time_s);
  const LeastSquaresFit fit = FitLeastSquares(design, y);
  SlopeFit result;
  result.adjusted = y;
  if (!fit.is_solvable) {
    result.standard_error = std::numeric_limits<double>::infinity();
    return result;
  }
  for (size_t j = 0; j < nuisances.columns.size(); ++j) {
    for (size_t i = 0; i < y.size(); ++i) {
      result.adjusted[i] -= fit.coefficients[j + 1] * nuisances.columns[j][i];
    }
  }
  const auto n = static_cast<double>(y.size());
  const auto columns = static_cast<double>(design.size());
  result.inflation =
      VarianceInflation(ResidualAutocorrelation(fit.residuals, static_cast<int>(design.size())));
  result.degrees = std::max(kFewestDegrees, n / result.inflation - columns);
  // A sampled or paged quantity cannot be smoother than its resolution.
  const double variance =
      fit.residual_squares / std::max(1.0, n - columns) + quantum * quantum / 12;
  result.standard_error =
      std::sqrt(variance * fit.last_variance_factor * result.inflation * kTheilSenVariance);
  result.slope = TheilSenSlope(time_s, result.adjusted);
  return result;
}

// Slope of the blocks from `from` to `to` (shares of the window) over the slope of all.
double ShareOfSlope(const std::vector<double>& time_s, const SlopeFit& fit, double from,
                    double to) {
  const auto n = static_cast<double>(time_s.size());
  const auto first = static_cast<size_t>(std::floor(from * n));
  const auto count = static_cast<size_t>(std::ceil(to * n)) - first;
  const double part = TheilSenSlope(std::span(time_s).subspan(first, count),
                                    std::span(fit.adjusted).subspan(first, count));
  return fit.slope != 0 ? part / fit.slope : 0;
}

// A sawtooth rises between releases and returns: its troughs do not rise.
double TroughRise(const std::vector<double>& lower) {
  const auto middle = lower.begin() + static_cast<std::ptrdiff_t>(lower.size() / 2);
  return *std::min_element(middle, lower.end()) - *std::min_element(lower.begin(), middle);
}

struct Votes {
  bool is_significant = false;  // medians and lower envelope by t, troughs by Mann-Kendall
  bool is_persistent = false;   // late half and troughs
};

Votes Vote(const Blocks& blocks, const SlopeFit& median, const SlopeFit& lower,
           const Trend& trend) {
  const double strict = StudentTQuantile(kStrictProbability, lower.degrees);
  const double loose = StudentTQuantile(kLooseProbability, median.degrees);
  const double theil_sen_lower = TheilSenSlope(blocks.time_s, lower.adjusted);
  Votes votes;
  votes.is_significant = lower.slope > strict * lower.standard_error &&
                         median.slope > loose * median.standard_error &&
                         MannKendallZ(lower.adjusted, lower.inflation) > kLooseDeviate &&
                         theil_sen_lower > kPersistence * median.slope;
  votes.is_persistent =
      trend.late_share > kPersistence && TroughRise(lower.adjusted) > kTroughRise * trend.rise;
  return votes;
}

std::string NuisanceWords(const Nuisances& nuisances) {
  if (nuisances.is_saturating) return "rose and levelled off";
  return nuisances.steps == 1 ? "one step up, flat before and after"
                              : std::to_string(nuisances.steps) + " steps up, flat between";
}

// First match wins.
void Classify(const Blocks& blocks, const Nuisances& nuisances, const Votes& votes,
              double least_rise, Trend& trend) {
  const bool is_growth = votes.is_significant && votes.is_persistent && trend.rise >= least_rise;
  if (is_growth) {
    trend.growth_class = GrowthClass::kGrowth;
    trend.explanation = "rises through the whole time after warm-up";
  } else if (trend.ci_high_per_s < 0 && -trend.rise >= least_rise) {
    trend.growth_class = GrowthClass::kDeclining;
    trend.explanation = "falls";
  } else if (blocks.median.back() - blocks.first_level >= least_rise) {
    trend.growth_class = GrowthClass::kWarmUp;
    trend.explanation = !nuisances.columns.empty() ? NuisanceWords(nuisances)
                        : votes.is_significant && !votes.is_persistent
                            ? "rose, but not through the whole time"
                            : "rose in the beginning, no growth beyond the noise since";
  } else {
    trend.growth_class = GrowthClass::kStable;
    trend.explanation = votes.is_significant && trend.rise > 0 ? "rises by less than matters"
                                                               : "no growth beyond the noise";
  }
}

}  // namespace

TrendLimits BytesLimits() {
  return {512.0 * 1024, 0.02, 4096};
}

TrendLimits CountsLimits() {
  return {3, 0.05, 1};
}

Trend EstimateTrend(const std::vector<model::Point>& points, const Window& window,
                    const TrendLimits& limits) {
  const Blocks blocks = MakeBlocks(points, window);
  Trend trend;
  trend.warmup_end_s = blocks.usable_begin_s;
  trend.usable_s = blocks.usable_end_s - blocks.usable_begin_s;
  trend.points = blocks.points;
  trend.level = blocks.level;
  if (!blocks.shortage.empty()) {
    trend.explanation = blocks.shortage;
    return trend;
  }
  const Nuisances nuisances = FindNuisances(blocks.time_s, blocks.median, limits.quantum);
  const SlopeFit median = FitSlope(blocks.time_s, blocks.median, nuisances, limits.quantum);
  const SlopeFit lower = FitSlope(blocks.time_s, blocks.lower, nuisances, limits.quantum);

  const double half_width = StudentTQuantile(0.975, median.degrees) * median.standard_error;
  trend.slope_per_s = median.slope;
  trend.ci_low_per_s = median.slope - half_width;
  trend.ci_high_per_s = median.slope + half_width;
  trend.p_value = StudentTUpperTail(median.slope / median.standard_error, median.degrees);
  trend.rise = median.slope * trend.usable_s;
  trend.early_share = ShareOfSlope(blocks.time_s, median, 0, 0.5);
  trend.late_share = ShareOfSlope(blocks.time_s, median, 0.5, 1);
  trend.last_share = ShareOfSlope(blocks.time_s, median, 0.75, 1);
  trend.end_level = blocks.level + median.slope * trend.usable_s / 2;

  const double least_rise =
      std::max(limits.least_rise, limits.least_rise_share * std::abs(blocks.level));
  const double strict = StudentTQuantile(kStrictProbability, lower.degrees);
  trend.detectable_per_s =
      std::max((strict + kPowerDeviate) * lower.standard_error, least_rise / trend.usable_s);
  Classify(blocks, nuisances, Vote(blocks, median, lower, trend), least_rise, trend);
  return trend;
}

}  // namespace seep::analysis

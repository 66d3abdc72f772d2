// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/error_drift.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/series/load_columns.h"
#include "analysis/stats/distributions.h"
#include "analysis/stats/proportion_trend.h"
#include "analysis/stats/robust.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;
using Values = std::vector<double>;

constexpr double kDay_s = 24 * 3600;
constexpr double kFewestErrors = 10;
constexpr double kFewestAnswers = 1000;
constexpr double kLeastPerDay = 0.001;  // of the answers
constexpr double kLeastShare = 0.2;     // of the level
constexpr double kStrict_p = 0.02;      // as of series
constexpr double kThirds = 0.15;        // of the rise, from each third to the next
constexpr double kRareExpected = 5;     // errors in a block (Cochran 1954)
constexpr double kRareShare = 0.2;      // of the blocks
constexpr double kDeviate95 = 1.96;
constexpr double kPowerDeviate = 3.33;  // 2.05 + 1.28: significant at 2 % with 90 % power

struct ErrorBlocks {
  Window window;
  double usable_s = 0;
  Values x;  // time as a share of what is judged
  Values errors;
  Values requests;
  Blocks times;  // of the same blocks, for the load

  double Share(double from, double to) const {
    double events = 0;
    double trials = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      if (x[i] < from || x[i] >= to) continue;
      events += errors[i];
      trials += requests[i];
    }
    return trials > 0 ? events / trials : 0;
  }
};

ErrorBlocks Count(const LoadSeries& series) {
  ErrorBlocks blocks;
  blocks.window = {series.begin_s(), series.end_s()};
  const double begin_s = SeriesBegin(blocks.window);
  blocks.usable_s = std::max(0.0, blocks.window.end_s - begin_s);
  const size_t count = BlockCount(series.windows.size());
  Values errors(count, 0.0);
  Values requests(count, 0.0);
  for (const model::LoadWindow* window : series.windows) {
    const double x = ((window->begin_s + window->end_s) / 2 - begin_s) / blocks.usable_s;
    if (!(x >= 0 && x <= 1)) continue;
    const auto block = std::min(static_cast<size_t>(x * static_cast<double>(count)), count - 1);
    errors[block] += std::min(window->errors, window->requests);
    requests[block] += window->requests;
  }
  for (size_t i = 0; i < count; ++i) {
    if (!(requests[i] > 0)) continue;
    blocks.x.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(count));
    blocks.errors.push_back(errors[i]);
    blocks.requests.push_back(requests[i]);
    blocks.times.time_s.push_back(begin_s + blocks.x.back() * blocks.usable_s);
  }
  blocks.times.usable_begin_s = begin_s;
  blocks.times.usable_end_s = blocks.window.end_s;
  return blocks;
}

// Normal theory of the fit needs a few errors in most blocks.
bool IsRare(const ErrorBlocks& blocks) {
  const double share = blocks.Share(0, 2);
  const auto rare = std::count_if(blocks.requests.begin(), blocks.requests.end(),
                                  [share](double n) { return n * share < kRareExpected; });
  return static_cast<double>(rare) > kRareShare * static_cast<double>(blocks.requests.size());
}

struct ShareTrend {
  double slope = 0;  // of the log odds over what is judged
  double error = 0;
  double p_value = 1;
  bool is_step = false;  // it moved to another level, and does not rise beside that
};

double PValue(double slope, double error, double degrees) {
  return error > 0 ? StudentTUpperTail(slope / error, degrees) : 1;
}

// Clumps of errors that outlast a block: neighbours are alike.
double InflationOf(const ProportionTrend& fit, size_t columns) {
  return VarianceInflation(
      std::max(0.0, ResidualAutocorrelation(fit.pearson, static_cast<int>(columns))));
}

ShareTrend FitCommon(const ErrorBlocks& blocks, const Columns& beside) {
  ShareTrend trend;
  ProportionTrend fit = FitLogistic(blocks.x, blocks.errors, blocks.requests, beside);
  if (!fit.is_solvable) return trend;
  // A release that fails more is an event beside the line, as steps of other series are.
  ProportionTrend best;
  double best_deviance = fit.deviance;
  const size_t n = blocks.x.size();
  for (size_t at = 2; at + 2 <= n; ++at) {
    Columns with_step = beside;
    Values step(n, 0.0);
    std::fill(step.begin() + static_cast<std::ptrdiff_t>(at), step.end(), 1.0);
    // The step in the place of the line: what does it alone explain?
    const ProportionTrend alone = FitLogistic(step, blocks.errors, blocks.requests, beside);
    if (!alone.is_solvable || !(alone.deviance < best_deviance)) continue;
    with_step.push_back(std::move(step));
    ProportionTrend both = FitLogistic(blocks.x, blocks.errors, blocks.requests, with_step);
    if (!both.is_solvable) continue;
    best_deviance = alone.deviance;
    best = std::move(both);
  }
  const double price = 2 * std::log(static_cast<double>(n));
  const bool is_step = best.is_solvable && (fit.deviance - best_deviance) / best.dispersion > price;
  if (is_step) fit = std::move(best);
  const size_t columns = beside.size() + (is_step ? 3 : 2);
  trend.slope = fit.slope;
  trend.error = fit.standard_error * std::sqrt(InflationOf(fit, columns));
  trend.p_value = PValue(trend.slope, trend.error, fit.degrees);
  trend.is_step = is_step && trend.p_value > kStrict_p;
  return trend;
}

ShareTrend FitRare(const ErrorBlocks& blocks) {
  ShareTrend trend;
  const double dispersion = DispersionOf(blocks.errors, blocks.requests);
  const double z = CochranArmitageZ(blocks.x, blocks.errors, blocks.requests, dispersion);
  const auto degrees = static_cast<double>(blocks.x.size()) - 2;
  trend.p_value = StudentTUpperTail(z, degrees);
  // The first step of Newton's method from no trend: its score over its information.
  const double share = blocks.Share(0, 2);
  double all = 0;
  double mean = 0;
  for (size_t i = 0; i < blocks.x.size(); ++i) {
    all += blocks.requests[i];
    mean += blocks.requests[i] * blocks.x[i];
  }
  mean /= all;
  double squares = 0;
  for (size_t i = 0; i < blocks.x.size(); ++i) {
    squares += blocks.requests[i] * (blocks.x[i] - mean) * (blocks.x[i] - mean);
  }
  trend.error = std::sqrt(dispersion / (share * (1 - share) * squares));
  trend.slope = z * trend.error;
  return trend;
}

// An incident is in one third of the time only.
bool RisesThroughout(const ErrorBlocks& blocks) {
  const double first = blocks.Share(0, 1.0 / 3);
  const double second = blocks.Share(1.0 / 3, 2.0 / 3);
  const double third = blocks.Share(2.0 / 3, 2);
  const double rise = third - first;
  return second - first > kThirds * rise && third - second > kThirds * rise;
}

std::string Shortage(const ErrorBlocks& blocks, double requests) {
  if (requests < kFewestAnswers) {
    return std::to_string(std::llround(requests)) + " answers, at least " +
           std::to_string(std::llround(kFewestAnswers)) + " needed";
  }
  if (!(blocks.usable_s >= kMinUsable_s)) {
    return "only " + model::FormatDuration(blocks.usable_s) + " to judge, " +
           model::FormatDuration(kMinUsable_s) + " needed";
  }
  if (blocks.x.size() < kMinBlocks) return "too few windows with answers";
  return {};
}

// The shares that the fit has at the begin and the end of what is judged.
double ShareAt(double level, double log_odds) {
  const double odds = level / (1 - level) * std::exp(log_odds);
  return odds / (1 + odds);
}

}  // namespace

model::SeriesVerdict JudgeErrors(const LoadSeries& series, const OfferedLoad& load) {
  const ErrorBlocks blocks = Count(series);
  const double errors = std::accumulate(blocks.errors.begin(), blocks.errors.end(), 0.0);
  const double requests = std::accumulate(blocks.requests.begin(), blocks.requests.end(), 0.0);
  model::SeriesVerdict verdict;
  verdict.metric = model::metric::kErrorRate;
  verdict.points = blocks.x.size();
  verdict.usable_s = blocks.usable_s;
  verdict.warmup_end_s = verdict.since_s = blocks.times.usable_begin_s;
  model::DriftFigures drift{.source = series.source, .operation = series.operation};
  verdict.explanation = Shortage(blocks, requests);
  if (!verdict.explanation.empty()) {
    verdict.drift = std::move(drift);
    return verdict;
  }
  const double level = verdict.level = errors / requests;
  const double days = blocks.usable_s / kDay_s;
  const double least =
      std::max(kLeastPerDay * std::max(1.0, days), kLeastShare * std::max(1.0, days) * level);
  verdict.growth_class = GrowthClass::kStable;
  verdict.detectable_per_hour = 3600 * least / blocks.usable_s;
  if (errors < kFewestErrors || level >= 1) {
    verdict.explanation = errors == 0  ? "no answer failed"
                          : level >= 1 ? "every answer failed"
                                       : "fewer than 10 answers failed";
    drift.from = drift.to = level;
    verdict.drift = std::move(drift);
    return verdict;
  }
  const bool is_rare = IsRare(blocks);
  const Columns beside = load.is_constant ? Columns{} : LoadColumns(load.points, blocks.times);
  const ShareTrend trend = is_rare ? FitRare(blocks) : FitCommon(blocks, beside);
  drift.from = ShareAt(level, -trend.slope / 2);
  drift.to = ShareAt(level, trend.slope / 2);
  drift.change_seen = drift.to - drift.from;
  drift.p_value = trend.p_value;
  const double linear = level * (1 - level);  // of the share, per log odds
  drift.change_per_day = linear * trend.slope / days;
  drift.change_low = linear * (trend.slope - kDeviate95 * trend.error) / days;
  drift.change_high = linear * (trend.slope + kDeviate95 * trend.error) / days;
  verdict.slope_per_hour = drift.change_per_day / 24;
  verdict.ci_low = drift.change_low / 24;
  verdict.ci_high = drift.change_high / 24;
  verdict.detectable_per_hour =
      std::max(least, kPowerDeviate * linear * trend.error) * 3600 / blocks.usable_s;
  const double rise = drift.change_seen;
  if (trend.is_step) {
    verdict.growth_class = GrowthClass::kStep;
    verdict.explanation = "moved to another level, flat before and after";
  } else if (trend.p_value < kStrict_p && rise >= least && RisesThroughout(blocks)) {
    verdict.growth_class = GrowthClass::kDrift;
    verdict.explanation =
        is_rare ? "rises through the whole time, though rare" : "rises through the whole time";
  } else {
    verdict.explanation = "no rise beyond the noise";
  }
  verdict.drift = std::move(drift);
  return verdict;
}

}  // namespace seep::analysis

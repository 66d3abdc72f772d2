// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/drift.h"

#include <algorithm>
#include <cmath>

#include "analysis/load/load_points.h"
#include "analysis/series/series_verdict.h"
#include "analysis/series/trend.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

constexpr double kDay_s = 24 * 3600;
constexpr double kThroughputPerDay = 0.05;
constexpr double kSteady = 0.05;        // of the mean, between the tenths: a constant load
constexpr double kToldShare = 0.9;      // of the windows must tell their concurrency
constexpr double kPowerDeviate = 1.28;  // 90 %
constexpr double kMedianLoss = 1.2533;  // standard error of a median over that of a mean

Window WindowOf(const LoadSeries& series) {
  return {series.begin_s(), series.end_s()};
}

// The error of a block's median by counting alone, as the resolution of the series: the fits do not
// believe that they know it better, however smooth it happens to be. Buckets that hold nearly all
// answers are a resolution too, which no counting makes finer.
TrendLimits LimitsOf(const LoadPoints& points, double per_day, const Window& window) {
  const double judged_s = window.end_s - SeriesBegin(window);
  const auto blocks = static_cast<double>(BlockCount(points.points.size()));
  const double per_block = std::max(1.0, points.merged / blocks);
  const double error = kMedianLoss * points.log_se / std::sqrt(per_block);
  return {LeastRise(per_day, judged_s), 0, std::max(std::sqrt(12.0) * error, points.bucket_log)};
}

double ValueAt(const std::vector<model::Point>& points, double t_s) {
  const auto after =
      std::lower_bound(points.begin(), points.end(), t_s,
                       [](const model::Point& point, double at_s) { return point.t_s < at_s; });
  if (after == points.begin()) return points.front().value;
  if (after == points.end()) return points.back().value;
  const model::Point& before = *(after - 1);
  const double share = (t_s - before.t_s) / (after->t_s - before.t_s);
  return before.value + share * (after->value - before.value);
}

// More load makes a service slower, never faster: where the two go against each other, the load is
// what the answers allow (a closed loop), and no explanation.
bool Explains(const std::vector<model::Point>& load, const std::vector<model::Point>& points) {
  double sum_x = 0;
  double sum_y = 0;
  double sum_xy = 0;
  for (const model::Point& point : points) {
    const double x = ValueAt(load, point.t_s);
    sum_x += x;
    sum_y += point.value;
    sum_xy += x * point.value;
  }
  return sum_xy > sum_x * sum_y / static_cast<double>(points.size());
}

// What a series of a process has, in its unit and linear around its level; `sign` -1: worse is
// less.
model::SeriesVerdict ToVerdict(const LoadSeries& series, const LoadPoints& points,
                               const Trend& trend, const char* metric, const char* unit,
                               double sign) {
  model::SeriesVerdict verdict = ToSeriesVerdict(trend, metric, unit);
  const auto value = [&](double relative) {
    return points.middle * std::exp(sign * (relative - 1));
  };
  const double level = value(trend.level);
  const double low = sign > 0 ? verdict.ci_low : verdict.ci_high;
  const double high = sign > 0 ? verdict.ci_high : verdict.ci_low;
  const auto per_day = [sign](double per_hour) { return std::expm1(sign * 24 * per_hour); };
  model::DriftFigures drift;
  drift.source = series.source;
  drift.operation = series.operation;
  drift.change_per_day = per_day(verdict.slope_per_hour);
  drift.change_low = per_day(low);
  drift.change_high = per_day(high);
  drift.change_seen = std::expm1(sign * trend.rise);
  drift.to = value(trend.end_level);
  drift.from = value(trend.end_level - trend.rise);
  drift.p_value = trend.p_value;
  verdict.slope_per_hour *= sign * level;
  verdict.ci_low = sign * level * low;
  verdict.ci_high = sign * level * high;
  verdict.detectable_per_hour *= level;
  verdict.level = level;
  verdict.drift = std::move(drift);
  if (model::IsGrowth(verdict.growth_class)) {
    verdict.growth_class = GrowthClass::kDrift;
  } else if (sign < 0 && verdict.growth_class == GrowthClass::kDeclining) {
    verdict.growth_class = GrowthClass::kStable;
    verdict.explanation = "rises";
  }
  return verdict;
}

model::SeriesVerdict Unjudged(const LoadSeries& series, const char* metric, const char* unit,
                              const std::string& shortage) {
  model::SeriesVerdict verdict;
  verdict.metric = metric;
  verdict.unit = unit;
  verdict.explanation = shortage;
  verdict.drift = model::DriftFigures{.source = series.source, .operation = series.operation};
  return verdict;
}

// Of one operation of many it is enough that it ends where it began: the fits take a while.
bool EndsWhereItBegan(const std::vector<model::Point>& points, double least_rise) {
  const auto quarter = static_cast<std::ptrdiff_t>(points.size() / 4);
  std::vector<double> first;
  std::vector<double> last;
  for (auto point = points.begin(); point < points.begin() + quarter; ++point) {
    first.push_back(point->value);
  }
  for (auto point = points.end() - quarter; point < points.end(); ++point) {
    last.push_back(point->value);
  }
  return Median(last) - Median(first) < least_rise / 2;
}

Trend Ends(const LoadPoints& points, const Window& window, double least_rise) {
  Trend trend;
  trend.growth_class = GrowthClass::kStable;
  trend.explanation = "ends where it began";
  std::vector<double> values;
  for (const model::Point& point : points.points) values.push_back(point.value);
  trend.level = trend.end_level = Median(values);
  trend.points = values.size();
  trend.warmup_end_s = trend.since_s = SeriesBegin(window);
  trend.usable_s = window.end_s - trend.since_s;
  trend.detectable_per_s = least_rise / trend.usable_s;
  return trend;
}

}  // namespace

double LeastRise(double per_day, double judged_s) {
  return std::log1p(per_day) * std::max(1.0, judged_s / kDay_s);
}

OfferedLoad OfferedLoadOf(const LoadSeries& all_together) {
  OfferedLoad load;
  std::vector<double> told;
  for (const model::LoadWindow* window : all_together.windows) {
    if (!window->concurrency || !std::isfinite(*window->concurrency)) continue;
    told.push_back(*window->concurrency);
    load.points.push_back({(window->begin_s + window->end_s) / 2, told.back()});
  }
  const double all = static_cast<double>(all_together.windows.size());
  if (!told.empty() && static_cast<double>(told.size()) >= kToldShare * all) {
    load.is_concurrency = true;
    load.is_constant = Quantile(told, 0.9) - Quantile(told, 0.1) <= kSteady * Median(told);
    return load;
  }
  load.points.clear();
  for (const model::LoadWindow* window : all_together.windows) {
    load.points.push_back({(window->begin_s + window->end_s) / 2,
                           window->requests / (window->end_s - window->begin_s)});
  }
  return load;
}

model::SeriesVerdict JudgeLatency(const LoadSeries& series, const DriftMetric& metric,
                                  const OfferedLoad& load) {
  const Window window = WindowOf(series);
  const LoadPoints points =
      QuantilePoints(series, metric.quantile, std::log1p(metric.least_per_day));
  if (!points.shortage.empty()) return Unjudged(series, metric.metric, "s", points.shortage);
  const TrendLimits limits = LimitsOf(points, metric.least_per_day, window);
  if (!series.operation.empty() && EndsWhereItBegan(points.points, limits.least_rise)) {
    const Trend flat = Ends(points, window, limits.least_rise);
    return ToVerdict(series, points, flat, metric.metric, "s", 1);
  }
  const bool has_load =
      !load.is_constant && !load.points.empty() && Explains(load.points, points.points);
  Trend trend = EstimateTrend(points.points, window, limits,
                              has_load ? load.points : std::vector<model::Point>{});
  // Of what is just large enough to matter half of the estimates fall short of that.
  if (trend.slope.is_solvable()) {
    const double surely = limits.least_rise + kPowerDeviate * trend.slope.Spread();
    trend.detectable_per_s = std::max(trend.detectable_per_s, surely / trend.usable_s);
  }
  return ToVerdict(series, points, trend, metric.metric, "s", 1);
}

model::SeriesVerdict JudgeThroughput(const LoadSeries& series, const OfferedLoad& load) {
  const Window window = WindowOf(series);
  const LoadPoints points = ThroughputPoints(series);
  constexpr char kUnit[] = "requests/s";
  model::SeriesVerdict verdict =
      points.shortage.empty()
          ? ToVerdict(
                series, points,
                EstimateTrend(points.points, window, LimitsOf(points, kThroughputPerDay, window)),
                model::metric::kThroughput, kUnit, -1)
          : Unjudged(series, model::metric::kThroughput, kUnit, points.shortage);
  verdict.is_informational = !load.is_constant;
  if (verdict.is_informational && verdict.growth_class == GrowthClass::kDrift) {
    verdict.growth_class = GrowthClass::kDeclining;
    verdict.explanation =
        "falls; as the load that is offered is not known to be constant, no drift";
  }
  return verdict;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/html_series.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "analysis/lineage/service_series.h"
#include "analysis/load/drift.h"
#include "analysis/load/load_points.h"
#include "analysis/report/extremes.h"
#include "analysis/report/html_numbers.h"
#include "analysis/series/metric_kind.h"
#include "analysis/series/rates.h"
#include "analysis/stats/robust.h"

namespace seep::report {
namespace {

using Json = nlohmann::ordered_json;
using Points = std::vector<model::Point>;

// Of all series together: they take some 2 MB of the file.
constexpr size_t kMostPoints = 600'000;
constexpr size_t kFewestBuckets = 50;  // a series, however many there are
constexpr size_t kMostBuckets = 10'000;

struct Columns {
  std::vector<double> time_s;
  std::vector<double> values;
};

Columns ToColumns(const Points& points) {
  Columns columns;
  for (const model::Point& point : points) {
    if (!std::isfinite(point.value)) continue;
    columns.time_s.push_back(point.t_s);
    columns.values.push_back(point.value);
  }
  return columns;
}

// Counters are judged by it (docs/resources.md).
bool IsRate(const std::string& unit) {
  return unit == "cores" || unit.ends_with("/s");
}

// A straight line at its begin and its end, with what the data allow there.
Json Line(const model::SeriesVerdict& verdict, double begin_s, double end_s, double middle) {
  const double half_h = (end_s - begin_s) / 2 / 3600;
  const auto ends = [&](double slope) {
    return Json{middle - half_h * slope, middle + half_h * slope};
  };
  return {{"t", {begin_s, end_s}},
          {"v", ends(verdict.slope_per_hour)},
          {"low", ends(verdict.ci_low)},
          {"high", ends(verdict.ci_high)}};
}

// Through the middle of what was judged. None of several lives: their slope is one of age.
Json Fit(const model::Verdict& all, const model::SeriesVerdict& verdict, const Columns& columns) {
  const bool is_lineage = std::ranges::any_of(all.lineages, [&](const auto& lineage) {
    return verdict.target != model::TargetId{} && lineage.target == verdict.target;
  });
  if (is_lineage || verdict.growth_class == model::GrowthClass::kInsufficientData ||
      columns.time_s.empty()) {
    return nullptr;
  }
  const double end_s = columns.time_s.back();
  if (verdict.drift) {  // fitted to the logarithm
    return {{"t", {verdict.since_s, end_s}}, {"v", {verdict.drift->from, verdict.drift->to}}};
  }
  const double begin_s =
      model::IsGrowth(verdict.growth_class) ? verdict.since_s : end_s - verdict.usable_s;
  const double middle_s = (begin_s + end_s) / 2;
  std::vector<double> residuals;
  for (size_t i = 0; i < columns.time_s.size(); ++i) {
    if (columns.time_s[i] < begin_s) continue;
    residuals.push_back(columns.values[i] -
                        verdict.slope_per_hour / 3600 * (columns.time_s[i] - middle_s));
  }
  if (residuals.empty()) return nullptr;
  return Line(verdict, begin_s, end_s, analysis::Median(std::move(residuals)));
}

struct Drawn {
  std::optional<model::TargetId> target;
  std::string metric;
  std::string title;
  std::string unit;
  Points points;
  const model::SeriesVerdict* verdict;
  Json place;  // of the verdict in the JSON report
};

Json Place(const char* list, size_t index) {
  return {{"list", list}, {"index", index}};
}

void AddStored(const ReportInput& input, std::vector<Drawn>& all) {
  const std::vector<model::SeriesVerdict>& verdicts = input.verdict.series;
  for (const model::SeriesData& stored : input.data.series) {
    const auto verdict = std::ranges::find_if(verdicts, [&](const model::SeriesVerdict& one) {
      return !one.drift && one.target == stored.series.target && one.metric == stored.series.metric;
    });
    Drawn drawn{.target = stored.series.target,
                .metric = stored.series.metric,
                .title = analysis::MetricInWords(stored.series.metric),
                .unit = stored.series.unit,
                .points = stored.points,
                .verdict = nullptr,
                .place = nullptr};
    if (verdict != verdicts.end()) {
      drawn.verdict = &*verdict;
      drawn.place = Place("series", static_cast<size_t>(verdict - verdicts.begin()));
      drawn.unit = verdict->unit;
      if (IsRate(verdict->unit)) drawn.points = analysis::ToRates(stored.points);
    }
    all.push_back(std::move(drawn));
  }
}

void AddService(const ReportInput& input, std::vector<Drawn>& all) {
  const std::vector<model::SeriesVerdict>& verdicts = input.verdict.service;
  if (verdicts.empty()) return;
  for (analysis::ServiceSeries& series : analysis::AddUpProcesses(input.data)) {
    const auto verdict = std::ranges::find(verdicts, series.metric, &model::SeriesVerdict::metric);
    if (verdict == verdicts.end()) continue;
    all.push_back({.target = {},
                   .metric = series.metric,
                   .title = analysis::MetricInWords(series.metric) + " of all processes together",
                   .unit = verdict->unit,
                   .points = std::move(series.points),
                   .verdict = &*verdict,
                   .place = Place("service", static_cast<size_t>(verdict - verdicts.begin()))});
  }
}

// The points that were judged, as measured: their logarithm was.
Points DriftPoints(const analysis::LoadSeries& load, const std::string& metric) {
  if (metric == model::metric::kErrorRate) {
    Points points;
    for (const model::LoadWindow* window : load.windows) {
      if (!(window->requests > 0)) continue;
      points.push_back({(window->begin_s + window->end_s) / 2, window->errors / window->requests});
    }
    return points;
  }
  const bool is_throughput = metric == model::metric::kThroughput;
  const auto latency =
      std::ranges::find(analysis::kLatencies, metric,
                        [](const analysis::DriftMetric& one) { return std::string(one.metric); });
  if (!is_throughput && latency == std::end(analysis::kLatencies)) return {};
  analysis::LoadPoints judged =
      is_throughput
          ? analysis::ThroughputPoints(load)
          : analysis::QuantilePoints(load, latency->quantile, std::log1p(latency->least_per_day));
  for (model::Point& point : judged.points) {
    point.value = judged.middle * std::exp((is_throughput ? -1 : 1) * (point.value - 1));
  }
  return std::move(judged.points);
}

void AddLoad(const ReportInput& input, std::vector<Drawn>& all) {
  const std::vector<model::SeriesVerdict>& verdicts = input.verdict.series;
  const std::vector<analysis::LoadSeries> loads = analysis::SplitLoad(input.data.load);
  for (size_t i = 0; i < verdicts.size(); ++i) {
    if (!verdicts[i].drift) continue;
    const auto load = std::ranges::find_if(loads, [&](const analysis::LoadSeries& one) {
      return one.source == verdicts[i].drift->source &&
             one.operation == verdicts[i].drift->operation;
    });
    if (load == loads.end()) continue;
    all.push_back({.target = {},
                   .metric = verdicts[i].metric,
                   .title = verdicts[i].metric +
                            (load->operation.empty() ? "" : " of " + load->operation) + ", " +
                            load->source,
                   .unit = verdicts[i].unit,
                   .points = DriftPoints(*load, verdicts[i].metric),
                   .verdict = &verdicts[i],
                   .place = Place("series", i)});
  }
}

Json TargetId(std::optional<model::TargetId> target) {
  return target && *target != model::TargetId{} ? Json(static_cast<int64_t>(*target))
                                                : Json(nullptr);
}

}  // namespace

Json SeriesData(const ReportInput& input) {
  std::vector<Drawn> all;
  AddStored(input, all);
  AddService(input, all);
  AddLoad(input, all);
  const size_t buckets =
      std::clamp(kMostPoints / 2 / std::max<size_t>(1, all.size()), kFewestBuckets, kMostBuckets);
  Json list = Json::array();
  for (const Drawn& drawn : all) {
    const Columns columns = ToColumns(drawn.points);
    if (columns.time_s.empty()) continue;
    const std::vector<size_t> rows = ExtremeRows(columns.time_s, {&columns.values, 1}, buckets);
    list.push_back({{"target", TargetId(drawn.target)},
                    {"metric", drawn.metric},
                    {"title", drawn.title},
                    {"unit", drawn.unit},
                    {"verdict", drawn.place},
                    {"fit", drawn.verdict != nullptr ? Fit(input.verdict, *drawn.verdict, columns)
                                                     : Json(nullptr)},
                    {"t", PackTimes(Pick(columns.time_s, rows))},
                    {"values", PackValues(Pick(columns.values, rows))}});
  }
  return list;
}

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/run_open_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include "agent/serve/family_set.h"
#include "agent/serve/label.h"
#include "agent/serve/metric_name.h"
#include "agent/serve/open_metrics.h"
#include "storage/model/latency.h"

namespace seep::serve {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

// The samples of one set of labels.
struct Column {
  Labels labels;
  double factor = 1;  // to the base unit
  const std::vector<model::Point>* points = nullptr;
};

struct Family {
  std::string help;
  bool is_counter = false;
  std::vector<Column> columns;
};
using Families = std::map<std::string, Family>;

void AppendSamples(const Column& column, int64_t started_at_ms, MetricFamily& family) {
  int64_t last_ms = std::numeric_limits<int64_t>::min();
  for (const model::Point& point : *column.points) {
    const int64_t at_ms = started_at_ms + std::llround(point.t_s * 1e3);
    if (!std::isfinite(point.value) || at_ms <= last_ms) continue;
    last_ms = at_ms;
    prometheus::ClientMetric& sample = family.metric.emplace_back();
    sample.label = column.labels;
    sample.timestamp_ms = at_ms;
    const double value = point.value * column.factor;
    (family.type == MetricType::Counter ? sample.counter.value : sample.gauge.value) = value;
  }
}

void AddSeries(const model::RunData& data, const Labels& run, Families& families) {
  // A pid may come again: its earlier process first.
  std::map<model::TargetId, std::pair<int, double>> processes;
  for (const model::Target& target : data.targets) {
    processes[target.id] = {target.pid, target.first_seen_s};
  }
  std::vector<const model::SeriesData*> ordered;
  for (const model::SeriesData& series : data.series) ordered.push_back(&series);
  std::ranges::stable_sort(ordered, {},
                           [&](const auto* series) { return processes[series->series.target]; });
  for (const model::SeriesData* series : ordered) {
    const ExportedName exported = NameOf(series->series.metric, series->series.unit);
    Family& family = families[exported.name];
    family.is_counter = exported.is_counter;
    family.help = exported.kind.empty()
                      ? "Metric " + LabelValue(series->series.metric) + " of the database"
                      : "Open file descriptors by kind";
    Column column{run, exported.factor, &series->points};
    column.labels.push_back({"pid", std::to_string(processes[series->series.target].first)});
    if (!exported.kind.empty()) column.labels.push_back({"kind", LabelValue(exported.kind)});
    family.columns.push_back(std::move(column));
  }
}

// Points of load are made here; a list keeps them where they are.
using MadePoints = std::list<std::vector<model::Point>>;

void AddLoad(const model::RunData& data, const Labels& run, MadePoints& made, Families& families) {
  const auto quantile = [](double share) {
    return [share](const model::LoadWindow& window) {
      return model::LatencyQuantile(window.latency, share)
          .value_or(std::numeric_limits<double>::quiet_NaN());
    };
  };
  const auto add = [&](const char* name, const char* help, const auto& value_of) {
    std::map<std::string, std::vector<model::Point>> by_source;
    for (const model::LoadWindow& window : data.load) {
      if (!window.operation.empty() || !(window.end_s > window.begin_s)) continue;
      by_source[window.source].push_back({window.end_s, value_of(window)});
    }
    for (auto& [source, points] : by_source) {
      Column column{run, 1, &made.emplace_back(std::move(points))};
      column.labels.push_back({"source", LabelValue(source)});
      families[name].help = help;
      families[name].columns.push_back(std::move(column));
    }
  };
  add("seep_service_requests_per_second", "Requests that were answered, well or not",
      [](const model::LoadWindow& window) {
        return window.requests / (window.end_s - window.begin_s);
      });
  add("seep_service_error_ratio", "Share of the answers that were errors",
      [](const model::LoadWindow& window) { return window.errors / window.requests; });
  add("seep_service_latency_p50_seconds", "Half of the answers took at most so long",
      quantile(0.5));
  add("seep_service_latency_p95_seconds", "95 % of the answers took at most so long",
      quantile(0.95));
  add("seep_service_latency_p99_seconds", "99 % of the answers took at most so long",
      quantile(0.99));
}

}  // namespace

std::string RunOpenMetrics(const model::RunData& data) {
  const Labels run{{"instance", LabelValue(data.run.host)}, {"service", LabelValue(data.run.name)}};
  Families families;
  MadePoints made;
  AddSeries(data, run, families);
  AddLoad(data, run, made, families);
  std::string text;
  for (const auto& [name, family] : families) {
    // One at a time: a sample of prometheus-cpp takes several hundred bytes.
    MetricFamily samples{
        name, family.help, family.is_counter ? MetricType::Counter : MetricType::Gauge, {}};
    for (const Column& column : family.columns) {
      AppendSamples(column, data.run.started_at_ns / 1'000'000, samples);
    }
    if (!samples.metric.empty()) AppendFamily(text, samples);
  }
  text += kEndOfMetrics;  // in place: it may have 100 MiB
  return text;
}

}  // namespace seep::serve

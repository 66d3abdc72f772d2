// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "analysis/report/coverage.h"
#include "analysis/report/json.h"
#include "analysis/report/json_comparison.h"
#include "analysis/report/json_load.h"
#include "analysis/report/json_series.h"
#include "analysis/report/json_stacks.h"
#include "analysis/report/json_values.h"
#include "analysis/report/report.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

Json RunObject(const model::Run& run) {
  return {{"id", static_cast<int64_t>(run.id)},
          {"name", run.name},
          {"started_at", model::FormatTimestamp(run.started_at_ns)},
          {"duration_s", JsonNumber(run.duration_s)},
          {"command", Json(run.command)},
          {"target_exit", OrNull(run.target_exit)},
          {"is_finished", run.is_finished},
          {"host", run.host},
          {"seep_version", run.seep_version},
          {"interval_bytes", run.interval_bytes}};
}

Json TargetsArray(const ReportInput& input) {
  Json targets = Json::array();
  for (const model::Target& target : input.data.targets) {
    targets.push_back({{"id", static_cast<int64_t>(target.id)},
                       {"pid", target.pid},
                       {"parent_pid", target.parent_pid},
                       {"exe", target.exe},
                       {"command_line", target.command_line},
                       {"probe", target.probe},
                       {"first_seen_s", JsonNumber(target.first_seen_s)},
                       {"last_seen_s", JsonNumber(target.last_seen_s)},
                       {"exit_status", OrNull(target.exit_status)}});
  }
  return targets;
}

Json AttributionObject(const ReportInput& input) {
  Json parts = Json::array();
  for (const model::AttributionPart& part : input.verdict.attribution) {
    parts.push_back({{"name", part.name},
                     {"slope", JsonNumber(part.slope_per_hour)},
                     {"share", JsonNumber(part.share)},
                     {"share_low", JsonNumber(part.share_low)},
                     {"share_high", JsonNumber(part.share_high)}});
  }
  return {{"target_pid", PidOf(input.data, input.verdict.attributed_target)},
          {"rss_slope", JsonNumber(input.verdict.rss_slope_per_hour)},
          {"parts", std::move(parts)}};
}

Json ForecastObject(const std::optional<model::Forecast>& forecast) {
  if (!forecast) return nullptr;
  return {{"limit_bytes", forecast->limit},       {"limit_source", forecast->limit_source},
          {"hours", JsonNumber(forecast->hours)}, {"low", JsonNumber(forecast->low)},
          {"high", JsonNumber(forecast->high)},   {"beyond_horizon", forecast->is_beyond_horizon}};
}

Json ForecastsArray(const ReportInput& input) {
  Json all = Json::array();
  for (const model::Forecast& forecast : input.verdict.forecasts) {
    all.push_back({{"target_pid", PidOf(input.data, input.verdict.attributed_target)},
                   {"metric", forecast.metric},
                   {"unit", forecast.unit},
                   {"limit", forecast.limit},
                   {"limit_source", forecast.limit_source},
                   {"hours", JsonNumber(forecast.hours)},
                   {"low", JsonNumber(forecast.low)},
                   {"high", JsonNumber(forecast.high)},
                   {"beyond_horizon", forecast.is_beyond_horizon}});
  }
  return all;
}

Json CoverageObject(const ReportInput& input) {
  Json targets = Json::array();
  size_t ticks = 0;
  size_t expected = 0;
  size_t snapshots = 0;
  for (const TargetCoverage& coverage : MeasureCoverage(input.data)) {
    ticks += coverage.ticks;
    expected += coverage.expected_ticks;
    snapshots += coverage.snapshots;
    targets.push_back({{"pid", coverage.target->pid},
                       {"probe", coverage.target->probe},
                       {"ticks", coverage.ticks},
                       {"expected_ticks", coverage.expected_ticks},
                       {"snapshots", coverage.snapshots}});
  }
  return {{"ticks", ticks},
          {"expected_ticks", expected},
          {"snapshots", snapshots},
          {"targets", std::move(targets)},
          {"unseen", UnseenParts(input.data)}};
}

Json EventsArray(const ReportInput& input) {
  Json events = Json::array();
  for (const model::Event& event : input.data.events) {
    events.push_back(
        {{"t_s", JsonNumber(event.t_s)}, {"kind", event.kind}, {"message", event.message}});
  }
  return events;
}

Json SymbolServerObject(const std::optional<SymbolServerUse>& use) {
  if (!use) return nullptr;
  return {{"requests", use->requests},
          {"failures", use->failures},
          {"rejected", use->rejected},
          {"last_error", use->last_error}};
}

}  // namespace

Json JsonReport(const ReportInput& input) {
  const model::Verdict& verdict = input.verdict;
  std::vector<std::string> warnings = verdict.warnings;
  warnings.insert(warnings.end(), input.warnings.begin(), input.warnings.end());
  return {{"schema", kJsonSchema},
          {"run", RunObject(input.data.run)},
          {"verdict",
           {{"class", model::ToString(verdict.growth_class)},
            {"confidence", verdict.confidence},
            {"confidence_reason", verdict.confidence_reason},
            {"exit_code", static_cast<int>(verdict.exit_code)},
            {"detectable_per_hour", JsonNumber(verdict.detectable_per_hour)},
            {"summary", verdict.summary}}},
          {"targets", TargetsArray(input)},
          {"series", SeriesArray(input, verdict.series)},
          {"service", SeriesArray(input, verdict.service)},
          {"lineages", LineagesArray(input)},
          {"attribution", AttributionObject(input)},
          {"stacks", StacksArray(input)},
          {"heap_growth_explained", JsonNumber(input.verdict.heap_growth_explained)},
          {"heaps", HeapsArray(input)},
          {"forecast", ForecastObject(verdict.forecast)},
          {"forecasts", ForecastsArray(input)},
          {"load", LoadObject(verdict.load)},
          {"comparison", ComparisonObject(verdict.comparison)},
          {"policy", PolicyObject(verdict.policy)},
          {"coverage", CoverageObject(input)},
          {"symbol_server", SymbolServerObject(input.symbol_server)},
          {"events", EventsArray(input)},
          {"warnings", warnings}};
}

std::string ToJson(const ReportInput& input) {
  return JsonReport(input).dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace seep::report

// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "analysis/regression/stack_key.h"
#include "analysis/report/coverage.h"
#include "analysis/report/json_load.h"
#include "analysis/report/lookup.h"
#include "analysis/report/report.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json Pid(const model::RunData& data, model::TargetId id) {
  const model::Target* target = FindTarget(data, id);
  return target != nullptr ? Json(target->pid) : Json(nullptr);
}

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

Json SeriesArray(const ReportInput& input, const std::vector<model::SeriesVerdict>& verdicts) {
  Json all = Json::array();
  for (const model::SeriesVerdict& series : verdicts) {
    all.push_back(
        {{"target_pid", Pid(input.data, series.target)},
         {"metric", series.metric},
         {"unit", series.unit},
         {"class", model::ToString(series.growth_class)},
         {"slope_per_hour", JsonNumber(series.slope_per_hour)},
         {"ci_low", JsonNumber(series.ci_low)},
         {"ci_high", JsonNumber(series.ci_high)},
         {"detectable_per_hour", JsonNumber(series.detectable_per_hour)},
         {"level", JsonNumber(series.level)},
         {"warmup_end_s", JsonNumber(series.warmup_end_s)},
         {"since_s", JsonNumber(series.since_s)},
         {"is_finding", series.is_finding},
         {"suppressed", series.suppressed_by.has_value()},
         {"points", series.points},
         {"per_million_requests",
          series.per_million_requests ? JsonNumber(*series.per_million_requests) : Json(nullptr)},
         {"source", series.drift ? Json(series.drift->source) : Json(nullptr)},
         {"operation", series.drift ? Json(series.drift->operation) : Json(nullptr)},
         {"drift", DriftObject(series)},
         {"informational", series.is_informational},
         {"explanation", series.explanation}});
  }
  return all;
}

Json LineagesArray(const ReportInput& input) {
  Json all = Json::array();
  for (const model::LineageVerdict& lineage : input.verdict.lineages) {
    Json within = Json::array();
    for (const model::WithinLives& one : lineage.within) {
      within.push_back({{"metric", one.metric},
                        {"unit", one.unit},
                        {"class", model::ToString(one.growth_class)},
                        {"slope_per_hour", JsonNumber(one.slope_per_hour)},
                        {"lives", one.lives},
                        {"rising", one.rising}});
    }
    Json starts = Json::array();
    for (const model::RisingStarts& one : lineage.starts) {
      starts.push_back({{"metric", one.metric},
                        {"unit", one.unit},
                        {"slope_per_hour", JsonNumber(one.slope_per_hour)},
                        {"rise", JsonNumber(one.rise)},
                        {"starts", one.starts},
                        {"is_finding", one.is_finding},
                        {"suppressed", one.suppressed_by.has_value()}});
    }
    all.push_back({{"target_pid", Pid(input.data, lineage.target)},
                   {"class", model::ToString(lineage.growth_class)},
                   {"lives", lineage.lives},
                   {"life_s", JsonNumber(lineage.life_s)},
                   {"every_s", JsonNumber(lineage.every_s)},
                   {"within", std::move(within)},
                   {"starts", std::move(starts)}});
  }
  return all;
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
  return {{"target_pid", Pid(input.data, input.verdict.attributed_target)},
          {"rss_slope", JsonNumber(input.verdict.rss_slope_per_hour)},
          {"parts", std::move(parts)}};
}

Json FramesArray(const std::vector<model::SourceFrame>& source) {
  Json frames = Json::array();
  for (const model::SourceFrame& frame : source) {
    frames.push_back({{"function", frame.function},
                      {"file", frame.file},
                      {"line", frame.line},
                      {"module", frame.module},
                      {"inlined", frame.is_inlined}});
  }
  return frames;
}

Json StacksArray(const ReportInput& input) {
  Json stacks = Json::array();
  int rank = 0;
  for (const model::StackVerdict& stack : input.verdict.stacks) {
    const std::vector<model::SourceFrame> source = StackFrames(input, stack.stack);
    stacks.push_back({{"rank", ++rank},
                      {"target_pid", Pid(input.data, stack.target)},
                      {"kind", model::ToString(stack.kind)},
                      {"fingerprint", analysis::Fingerprint(source)},
                      {"growth_bytes_per_hour", JsonNumber(stack.growth_bytes_per_hour)},
                      {"ci_low", JsonNumber(stack.ci_low)},
                      {"live_bytes", JsonNumber(stack.live_bytes)},
                      {"live_bytes_se", JsonNumber(stack.live_bytes_se)},
                      {"share", JsonNumber(stack.share)},
                      {"age_p50_s", JsonNumber(stack.age_p50_s)},
                      {"age_p10_s", JsonNumber(stack.age_p10_s)},
                      {"age_p90_s", JsonNumber(stack.age_p90_s)},
                      {"level", model::ToString(stack.level)},
                      {"stack_count", stack.stack_count},
                      {"never_freed", JsonNumber(stack.never_freed)},
                      {"never_freed_low", JsonNumber(stack.never_freed_low)},
                      {"verdict", model::ToString(stack.growth_class)},
                      {"explanation", stack.explanation},
                      {"suppressed", stack.suppressed_by.has_value()},
                      {"frames", FramesArray(source)}});
  }
  return stacks;
}

Json HeapsArray(const ReportInput& input) {
  Json heaps = Json::array();
  for (const model::HeapStanding& heap : input.verdict.heaps) {
    Json stacks = Json::array();
    int rank = 0;
    for (const model::StackStanding& stack : heap.stacks) {
      const std::vector<model::SourceFrame> source = StackFrames(input, stack.stack);
      stacks.push_back({{"rank", ++rank},
                        {"kind", model::ToString(stack.kind)},
                        {"fingerprint", analysis::Fingerprint(source)},
                        {"live_bytes", JsonNumber(stack.live_bytes)},
                        {"live_bytes_se", JsonNumber(stack.live_bytes_se)},
                        {"live_objects", JsonNumber(stack.live_objects)},
                        {"share", JsonNumber(stack.share)},
                        {"alloc_bytes", JsonNumber(stack.alloc_bytes)},
                        {"age_p50_s", JsonNumber(stack.age_p50_s)},
                        {"ages", model::ToString(stack.pattern)},
                        {"frames", FramesArray(source)}});
    }
    heaps.push_back({{"target_pid", Pid(input.data, heap.target)},
                     {"live_bytes", JsonNumber(heap.live_bytes)},
                     {"live_bytes_se", JsonNumber(heap.live_bytes_se)},
                     {"live_objects", JsonNumber(heap.live_objects)},
                     {"alloc_bytes", JsonNumber(heap.alloc_bytes)},
                     {"mapped_bytes", JsonNumber(heap.mapped_bytes)},
                     {"samples", heap.samples},
                     {"live_samples", heap.live_samples},
                     {"stack_count", heap.stack_count},
                     {"stacks", std::move(stacks)}});
  }
  return heaps;
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
    all.push_back({{"target_pid", Pid(input.data, input.verdict.attributed_target)},
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

std::string ToJson(const ReportInput& input) {
  const model::Verdict& verdict = input.verdict;
  std::vector<std::string> warnings = verdict.warnings;
  warnings.insert(warnings.end(), input.warnings.begin(), input.warnings.end());
  const Json report = {{"schema", kJsonSchema},
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
                       {"coverage", CoverageObject(input)},
                       {"symbol_server", SymbolServerObject(input.symbol_server)},
                       {"events", EventsArray(input)},
                       {"warnings", warnings}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace seep::report

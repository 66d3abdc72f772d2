// SPDX-License-Identifier: Apache-2.0
// seep list and seep show: what is in the database.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/print.h"
#include "storage/model/units.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

std::string State(const model::Run& run) {
  return run.is_finished ? "finished" : "unfinished";
}

std::string CommandLine(const model::Run& run) {
  return run.command.empty() ? "(attached)" : fmt::format("{}", fmt::join(run.command, " "));
}

nlohmann::json ToJson(const model::Run& run) {
  nlohmann::json json{{"id", static_cast<int64_t>(run.id)},
                      {"name", run.name},
                      {"started_at", model::FormatTimestamp(run.started_at_ns)},
                      {"duration_s", run.duration_s},
                      {"state", State(run)},
                      {"command", run.command},
                      {"target_exit", nullptr}};
  if (run.target_exit) json["target_exit"] = *run.target_exit;
  return json;
}

std::string FormatValue(const std::string& unit, double value) {
  return unit == "bytes" ? model::FormatBytes(value) : fmt::format("{:.6g} {}", value, unit);
}

void PrintTarget(const model::RunData& data, const model::Target& target) {
  Print(fmt::format("\npid {}  {}\n  command  {}\n  probe    {}\n  seen     {} to {}\n", target.pid,
                    target.exe, target.command_line, target.probe,
                    model::FormatDuration(target.first_seen_s),
                    model::FormatDuration(target.last_seen_s)));
  Print(fmt::format("  {:<14} {:>12} {:>12} {:>12} {:>8}\n", "metric", "first", "last", "max",
                    "points"));
  for (const model::SeriesData& series : data.series) {
    if (series.series.target != target.id || series.points.empty()) continue;
    double max = series.points.front().value;
    for (const model::Point& point : series.points) max = std::max(max, point.value);
    const std::string& unit = series.series.unit;
    Print(fmt::format("  {:<14} {:>12} {:>12} {:>12} {:>8}\n", series.series.metric,
                      FormatValue(unit, series.points.front().value),
                      FormatValue(unit, series.points.back().value), FormatValue(unit, max),
                      series.points.size()));
  }
}

nlohmann::json DescribeTargets(const model::RunData& data) {
  auto targets = nlohmann::json::array();
  for (const model::Target& target : data.targets) {
    auto series = nlohmann::json::array();
    for (const model::SeriesData& one : data.series) {
      if (one.series.target != target.id || one.points.empty()) continue;
      series.push_back({{"metric", one.series.metric},
                        {"unit", one.series.unit},
                        {"points", one.points.size()},
                        {"first", one.points.front().value},
                        {"last", one.points.back().value}});
    }
    targets.push_back({{"pid", target.pid},
                       {"exe", target.exe},
                       {"command_line", target.command_line},
                       {"probe", target.probe},
                       {"first_seen_s", target.first_seen_s},
                       {"last_seen_s", target.last_seen_s},
                       {"series", series}});
  }
  return targets;
}

}  // namespace

int ListCommand(const std::string& path, bool is_json) {
  auto database = OpenForReport(path);
  if (!database) return Fail(database.error());
  const auto runs = sqlite::ListRuns(*database);
  if (!runs) return Fail(runs.error());
  if (is_json) {
    auto json = nlohmann::json::array();
    for (const model::Run& run : *runs) json.push_back(ToJson(run));
    PrintJson(json);
    return ToInt(model::ExitCode::kPass);
  }
  if (runs->empty()) {
    Print("no runs in " + path + "\n");
    return ToInt(model::ExitCode::kPass);
  }
  Print(fmt::format("{:>5}  {:<24} {:<20} {:>8}  {:<10}  {}\n", "id", "name", "started", "length",
                    "state", "command"));
  for (const model::Run& run : *runs) {
    Print(fmt::format("{:>5}  {:<24} {:<20} {:>8}  {:<10}  {}\n", static_cast<int64_t>(run.id),
                      run.name, model::FormatTimestamp(run.started_at_ns),
                      model::FormatDuration(run.duration_s), State(run), CommandLine(run)));
  }
  return ToInt(model::ExitCode::kPass);
}

int ShowCommand(const std::string& path, const std::string& text, bool is_json) {
  auto database = OpenForReport(path);
  if (!database) return Fail(database.error());
  const auto run = sqlite::FindRun(*database, text);
  if (!run) return Fail(run.error());
  const auto data = sqlite::LoadRun(*database, run->id);
  if (!data) return Fail(data.error());
  if (is_json) {
    nlohmann::json json = ToJson(data->run);
    json["stacks"] = data->stacks.size();
    json["targets"] = DescribeTargets(*data);
    auto events = nlohmann::json::array();
    for (const model::Event& event : data->events) {
      events.push_back({{"t_s", event.t_s}, {"kind", event.kind}, {"message", event.message}});
    }
    json["events"] = events;
    PrintJson(json);
    return ToInt(model::ExitCode::kPass);
  }
  Print(fmt::format(
      "run {}  {}\n  command  {}\n  started  {} on {}\n  length   {} ({})\n  stacks   {}\n",
      static_cast<int64_t>(run->id), run->name, CommandLine(*run),
      model::FormatTimestamp(run->started_at_ns), run->host, model::FormatDuration(run->duration_s),
      State(*run), data->stacks.size()));
  for (const model::Target& target : data->targets) PrintTarget(*data, target);
  if (!data->events.empty()) Print("\n");
  for (const model::Event& event : data->events) {
    Print(fmt::format("  {:>8}  {:<8} {}\n", model::FormatDuration(event.t_s), event.kind,
                      event.message));
  }
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/csv.h"

#include <charconv>
#include <map>
#include <optional>

#include "analysis/report/plain_text.h"
#include "storage/model/latency.h"
#include "storage/model/load_verdict.h"

namespace seep::exports {
namespace {

// The shortest text that reads back the same.
void AppendNumber(std::string& text, double value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text.append(digits, end);
}

// A field that a reader could take apart is put in quotes, which are doubled within.
std::string Field(std::string_view text) {
  std::string field = report::OneLine(text);
  if (field.find_first_of(",\"") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// The middle of a line is the same for all points of a series.
std::string Middle(std::string_view process, std::string_view metric, std::string_view unit) {
  return "," + Field(process) + "," + Field(metric) + "," + Field(unit) + ",";
}

void AppendLine(std::string& text, double t_s, const std::string& middle, double value) {
  AppendNumber(text, t_s);
  text += middle;
  AppendNumber(text, value);
  text += "\r\n";
}

void AppendWindow(std::string& text, const model::LoadWindow& window) {
  namespace metric = model::metric;
  const std::string process =
      window.operation.empty() ? window.source : window.source + " [" + window.operation + "]";
  const auto append = [&](const char* name, const char* unit, std::optional<double> value) {
    if (value) AppendLine(text, window.end_s, Middle(process, name, unit), *value);
  };
  const double length_s = window.end_s - window.begin_s;
  if (!(length_s > 0)) return;
  append(metric::kThroughput, "requests/s", window.requests / length_s);
  if (!(window.requests > 0)) return;
  append(metric::kErrorRate, "ratio", window.errors / window.requests);
  append(metric::kLatencyP50, "seconds", model::LatencyQuantile(window.latency, 0.5));
  append(metric::kLatencyP95, "seconds", model::LatencyQuantile(window.latency, 0.95));
  append(metric::kLatencyP99, "seconds", model::LatencyQuantile(window.latency, 0.99));
}

}  // namespace

std::string ToCsv(const model::RunData& data) {
  std::map<model::TargetId, std::string> processes;
  for (const model::Target& target : data.targets) {
    processes[target.id] = model::ProgramName(target) + " (pid " + std::to_string(target.pid) + ")";
  }
  std::string text = "t_s,process,metric,unit,value\r\n";
  for (const model::SeriesData& series : data.series) {
    const std::string middle =
        Middle(processes[series.series.target], series.series.metric, series.series.unit);
    for (const model::Point& point : series.points) {
      AppendLine(text, point.t_s, middle, point.value);
    }
  }
  for (const model::LoadWindow& window : data.load) AppendWindow(text, window);
  return text;
}

}  // namespace seep::exports

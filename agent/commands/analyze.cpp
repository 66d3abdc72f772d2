// SPDX-License-Identifier: Apache-2.0
// seep analyze: the trend verdict of any series, from a CSV file.
#include <cstdio>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "analysis/one_series.h"
#include "analysis/report/report.h"
#include "analysis/report/series_text.h"
#include "storage/csv/read_series.h"

namespace seep::agent {
namespace {

// Times count from the first one on, as those of a run do.
std::vector<model::Point> Shifted(std::vector<model::Point> points, double by_s) {
  for (model::Point& point : points) point.t_s -= by_s;
  return points;
}

// For the JSON report: a run without processes. Times of the file count from 1970, as far as an
// int64 of nanoseconds reaches.
model::Run DescribeSeries(const std::string& name, const analysis::OneSeries& series) {
  constexpr double kLatest_s = 9e9;
  const bool is_date = series.started_s > 0 && series.started_s < kLatest_s;
  model::Run run;
  run.name = name;
  run.started_at_ns = is_date ? static_cast<int64_t>(series.started_s) * 1'000'000'000 : 0;
  run.duration_s = series.points.back().t_s;
  run.is_finished = true;
  run.seep_version = SEEP_VERSION;
  return run;
}

}  // namespace

int AnalyzeCommand(const AnalyzeOptions& options) {
  auto file = csv::ReadSeriesFile(options.file);
  if (!file) return Fail(file.error());
  const std::string name = options.file == "-" ? "standard input" : options.file;
  const double started_s = file->values.front().t_s;
  const analysis::OneSeries series{.metric = options.metric,
                                   .started_s = started_s,
                                   .points = Shifted(std::move(file->values), started_s),
                                   .load = Shifted(std::move(file->load), started_s),
                                   .limit = options.limit};
  const analysis::OneSeriesFindings findings = analysis::JudgeOneSeries(series);
  model::RunData data;
  data.run = DescribeSeries(name, series);
  const std::string report =
      options.is_json
          ? report::ToJson(
                {.data = data, .verdict = findings.verdict, .frames = {}, .warnings = {}})
          : report::SeriesText(name, series, findings);
  if (std::fputs(report.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    return Fail(model::FailErrno("writing the report").error());
  }
  return ToInt(findings.verdict.exit_code);
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "analysis/load/load_source.h"
#include "analysis/regression/summarize.h"

namespace seep::analysis {
namespace {

constexpr double kStartUp = 1.0 / 8;  // of the run

constexpr double kLeastTold = 0.5;  // of the judged time

// As far as windows of load lie in the time, evenly spread within each. What is not told (the last
// second of a file, a hole) is taken as what is: else requests were missing beside allocations that
// were counted throughout. Too little told is nothing.
void AddLoad(const LoadSeries& load, JudgedTime& time) {
  double covered_s = 0;
  double busy = 0;  // connections x seconds
  double told_s = 0;
  for (const model::LoadWindow* window : load.windows) {
    const double within_s =
        std::min(window->end_s, time.end_s) - std::max(window->begin_s, time.begin_s);
    if (within_s <= 0) continue;
    covered_s += within_s;
    time.requests += window->requests * within_s / (window->end_s - window->begin_s);
    if (!window->concurrency) continue;
    busy += *window->concurrency * within_s;
    told_s += within_s;
  }
  if (told_s > 0) time.concurrency = busy / told_s;
  const bool is_told = covered_s >= kLeastTold * time.Length_s();
  time.requests = is_told ? time.requests * time.Length_s() / covered_s : 0;
}

}  // namespace

JudgedTime FindJudgedTime(const model::RunData& data) {
  const double start_up_s = kStartUp * data.run.duration_s;
  JudgedTime time;
  for (const model::StackHistory& history : data.stacks) {
    for (const model::StackPoint& point : history.points) {
      if (point.t_s <= start_up_s) time.begin_s = std::max(time.begin_s, point.t_s);
      time.end_s = std::max(time.end_s, point.t_s);
    }
  }
  if (time.begin_s <= 0) time.begin_s = start_up_s;
  if (time.end_s <= time.begin_s) time.end_s = data.run.duration_s;

  const std::vector<LoadSeries> load = SplitLoad(data.load);
  const LoadCovariate covariate = ChooseCovariate(load, data.run.duration_s);
  for (const LoadSeries& series : load) {
    if (series.source == covariate.source && series.operation.empty()) AddLoad(series, time);
  }
  return time;
}

}  // namespace seep::analysis

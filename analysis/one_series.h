// SPDX-License-Identifier: Apache-2.0
// The verdict on a series that comes alone, without a process: what `seep analyze` gives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/series/trend.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

struct OneSeries {
  std::string metric;    // metric_kind.h
  double started_s = 0;  // when the times below begin, since 1970 if the source says so
  std::vector<model::Point> points;
  std::vector<model::Point> load;  // empty: not known
  uint64_t limit = 0;              // that the quantity may not exceed; 0: none
};

struct OneSeriesFindings {
  Trend trend;
  std::string unit;
  model::Verdict verdict;  // one element of series; the forecast when there is a limit
};

// From its first point to its last. The series is judged as one of a run is, but nothing else can
// agree with it: its confidence is never high.
OneSeriesFindings JudgeOneSeries(const OneSeries& series);

}  // namespace seep::analysis

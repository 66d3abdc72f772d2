// SPDX-License-Identifier: Apache-2.0
// A service as a whole: its processes added up, at every time at which any of them was measured.
#pragma once

#include <string>
#include <vector>

#include "storage/model/run_data.h"

namespace seep::analysis {

struct ServiceSeries {
  std::string metric;  // "processes": how many run; else a metric of each of them
  std::string unit;
  std::vector<model::Point> points;  // by time
};

// A process of the service, not a job of it, lives so long: shorter ones are not counted, and what
// began within this time before the end of the run is not known to.
inline constexpr double kShortestProcess_s = 10;

// Nothing for a run in which no two such processes ran at once. Ends kShortestProcess_s before the
// run.
//
// Resampling: at each time at which a process has a value, the sum over the processes that live
// then of the last value of each that is not older than three of its usual distances. A time at
// which a living process has none is left out. Shared pages are counted once where every process
// has a `pss`; else the sum of `rss_swap` stands for memory. `cpu_seconds` are a rate first.
std::vector<ServiceSeries> AddUpProcesses(const model::RunData& data);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// The windows of a run's load, by source and operation, and the one rate that stands for the load
// of its processes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "storage/model/load.h"
#include "storage/model/series.h"

namespace seep::analysis {

// In order, without those that are no windows: numbers that are none, negative counts, no time,
// overlap with the window before. Valid as long as what they were split from.
struct LoadSeries {
  std::string source;
  std::string operation;  // empty: all of them together
  std::vector<const model::LoadWindow*> windows;

  double begin_s() const { return windows.empty() ? 0 : windows.front()->begin_s; }
  double end_s() const { return windows.empty() ? 0 : windows.back()->end_s; }
  double Covered_s() const;
  double Requests() const;
};

// All together before the operations of a source; those by falling number of requests.
std::vector<LoadSeries> SplitLoad(const std::vector<model::LoadWindow>& load);

// How often the processes of the run were asked, by the source that covers most of it.
struct LoadCovariate {
  std::string source;                // empty: no load is known
  std::vector<model::Point> rate{};  // requests/s
  double covered = 0;                // share of the run

  // Mean requests/s between two times; 0: not known.
  double MeanRate(double begin_s, double end_s) const;
};

// Of the sources that tell all their operations together, that which covers most of the run; of
// those that cover as much to 1 % of it, an endpoint of the service before a load tool (which may
// not be the only one that asks), then the one that told of more requests. The rate is that of each
// window at its middle, and straight lines between the middles, so that short blocks of a series
// have a value too; a hole in the windows is one in the rate.
LoadCovariate ChooseCovariate(std::span<const LoadSeries> load, double run_s);

}  // namespace seep::analysis

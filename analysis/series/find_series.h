// SPDX-License-Identifier: Apache-2.0
// Looking up one series of one target in a run.
#pragma once

#include <string_view>
#include <vector>

#include "storage/model/run_data.h"

namespace seep::analysis {

// Null when the run has no such series. Valid as long as `data`.
inline const std::vector<model::Point>* FindPoints(const model::RunData& data,
                                                   model::TargetId target,
                                                   std::string_view metric) {
  for (const model::SeriesData& series : data.series) {
    if (series.series.target == target && series.series.metric == metric) return &series.points;
  }
  return nullptr;
}

}  // namespace seep::analysis

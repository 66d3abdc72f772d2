// SPDX-License-Identifier: Apache-2.0
// The verdict on a service as a whole: it may grow by its number of processes, or by a little in
// each of them, while every process alone is stable.
#pragma once

#include <string>
#include <vector>

#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

struct ServiceFindings {
  std::vector<model::SeriesVerdict> series;  // of no target; empty: no two processes ran at once
  std::string summary;                       // of its growth; empty: it does not grow
  double p_value = 1;                        // of what the summary speaks of
};
// `load`: requests/s over the run, that may explain it; empty: not known.
ServiceFindings JudgeService(const model::RunData& data, const std::vector<model::Point>& load);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// How much of a run was really measured. Both report formats print it beside the verdict.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "storage/model/run_data.h"

namespace seep::report {

struct TargetCoverage {
  const model::Target* target = nullptr;  // valid as long as the RunData
  size_t ticks = 0;                       // with resident memory
  size_t expected_ticks = 0;              // of the life of the target at the usual interval
  size_t snapshots = 0;                   // of the heap
};

// In the order of the run's targets.
std::vector<TargetCoverage> MeasureCoverage(const model::RunData& data);

// What the probe could not see, in sentences: events of the kind "coverage".
std::vector<std::string> UnseenParts(const model::RunData& data);

}  // namespace seep::report

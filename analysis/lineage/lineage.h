// SPDX-License-Identifier: Apache-2.0
// Processes of one run that take each other's place: a service over its restarts, or a worker that
// its master replaces.
#pragma once

#include <vector>

#include "storage/model/run_data.h"

namespace seep::analysis {

struct Lineage {
  std::vector<const model::Target*> lives;  // in order, valid as long as the RunData
  // Median of the times from one begin to the next, and of the lives.
  double every_s = 0;
  double life_s = 0;
};

// Those with three lives at least. Lives follow each other, are of one program, and either all
// started by a process of the run or all not. A process that runs beside others of its kind is of
// a lineage of its own; each new one takes the place of the one that ended last.
std::vector<Lineage> FindLineages(const model::RunData& data);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// The stacks of a population as the snapshots that told of them.
#pragma once

#include <map>

#include "bench/synthetic/stack_population.h"
#include "storage/model/tick.h"

namespace seep::synthetic {

// By the time of the snapshot: the first has all stacks, the last what survives.
std::map<double, model::HeapDelta> HeapSnapshots(const Population& population, double duration_s,
                                                 double snapshot_s);

}  // namespace seep::synthetic

// SPDX-License-Identifier: Apache-2.0
// How old the blocks in use at a stack are.
#pragma once

#include <vector>

#include "storage/model/stack.h"

namespace seep::analysis {

// This share (0-1) of the sampled blocks in use at `end_s` is younger. Within a bin births are
// taken as uniform. 0 without blocks. `survivors`: the oldest first.
double AgeQuantile_s(const std::vector<model::SurvivorBin>& survivors, double end_s, double share);

}  // namespace seep::analysis

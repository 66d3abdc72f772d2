// SPDX-License-Identifier: Apache-2.0
// What a known load may explain of a series.
#pragma once

#include <vector>

#include "analysis/series/blocks.h"
#include "analysis/series/slope_posterior.h"
#include "storage/model/series.h"

namespace seep::analysis {

// Load now and in the block before: what follows it may lag behind. Empty where it is not known in
// all blocks, or does not change; without the latter when that alone does not.
Columns LoadColumns(const std::vector<model::Point>& load, const Blocks& blocks);

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// Of tools that print quantiles: buckets between them.
#pragma once

#include <vector>

#include "storage/model/load.h"

namespace seep::endpoint {

struct Quantile {
  double share = 0;  // of the answers, 0 to 1
  double at_s = 0;   // took at most that
};

// `quantiles` by share; those below the one before are raised to it. `answers` are divided among
// what lies between neighbours: below the first one from `least_s` on, above the last one nothing.
// Where neighbours are the same their answers go to the bucket below, or to the first one.
std::vector<model::LatencyBucket> BucketsBetween(const std::vector<Quantile>& quantiles,
                                                 double least_s, double answers);

}  // namespace seep::endpoint

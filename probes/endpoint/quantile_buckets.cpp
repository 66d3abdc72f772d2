// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/quantile_buckets.h"

#include <algorithm>

#include "storage/model/latency.h"

namespace seep::endpoint {

std::vector<model::LatencyBucket> BucketsBetween(const std::vector<Quantile>& quantiles,
                                                 double least_s, double answers) {
  std::vector<model::LatencyBucket> buckets;
  double low_s = least_s;
  double below = 0;
  double count = 0;  // of quantiles that are the same as the one before
  for (const Quantile& quantile : quantiles) {
    count += std::max(0.0, quantile.share - below) * answers;
    below = std::max(below, quantile.share);
    if (quantile.at_s > low_s) {
      buckets.push_back({low_s, quantile.at_s, count});
      low_s = quantile.at_s;
      count = 0;
    } else if (!buckets.empty()) {
      buckets.back().count += count;
      count = 0;
    }
  }
  // All took the same time, as far as the tool can tell: the cell of it.
  if (buckets.empty() && count > 0) {
    const int cell = model::LatencyCell(least_s);
    buckets.push_back({model::LatencyEdge(cell), model::LatencyEdge(cell + 1), count});
  }
  return buckets;
}

}  // namespace seep::endpoint

// SPDX-License-Identifier: Apache-2.0
// Histograms of times to answer, as LoadWindow has them: buckets that ascend without overlap. Pure
// functions, any thread.
//
// Within a bucket answers are spread evenly over the logarithm of time, in one that begins at 0
// over time: Prometheus' histogram_quantile has the first for its native histograms and the second
// for all classic ones. Times to answer have long tails, so that the straight line would put most
// answers of a wide bucket too high.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "storage/model/load.h"

namespace seep::model {

// The time that this share of the answers took at most, seconds; of an open end its beginning, as
// in Prometheus. 0 <= share <= 1. Nothing: there are no answers.
std::optional<double> LatencyQuantile(const std::vector<LatencyBucket>& latency, double share);

// Any buckets, those of several windows together or of quantiles that a tool prints, also
// overlapping ones in no order, as a histogram: the edges of all (of more than 2000 some a
// hundredth apart), each part with what falls to it. A bucket that is one point in time becomes as
// narrow as four digits. Buckets that are none (not a number, no or negative count) are left out.
std::vector<LatencyBucket> MergeLatency(std::vector<LatencyBucket> buckets);

// The same in at most `most` buckets (>= 1): neighbours are put together, the ones of fewest
// answers first.
std::vector<LatencyBucket> CoarsenLatency(std::vector<LatencyBucket> latency, size_t most);

// Single answers go into cells of three significant digits (HdrHistogram's precision): from 1 us,
// 900 cells a power of ten. Cell i is [LatencyEdge(i), LatencyEdge(i + 1)).
inline constexpr int kLatencyCells = 900 * 12;  // up to 10^6 s
double LatencyEdge(int cell);                   // seconds; 0 <= cell <= kLatencyCells
int LatencyCell(double seconds);                // what is below or above them goes to the ends

}  // namespace seep::model

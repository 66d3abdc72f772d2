// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/latency_histogram.h"

#include <algorithm>
#include <cmath>

namespace seep::resilience {
namespace {

constexpr double kFirstEdge_s = 1e-5;
constexpr double kBucketsPerDoubling = 4;

}  // namespace

void LatencyHistogram::Add(double seconds) {
  size_t bucket = 0;
  if (seconds > kFirstEdge_s) {
    const double position = std::ceil(std::log2(seconds / kFirstEdge_s) * kBucketsPerDoubling);
    bucket = static_cast<size_t>(std::min(position, double{kBuckets - 1}));
  }
  ++counts_[bucket];
  if (++known_ < kMemory) return;
  known_ = 0;
  for (uint32_t& count : counts_) known_ += count /= 2;
}

double LatencyHistogram::Quantile(double share) const {
  if (known_ == 0) return 0;
  const double rank = std::max(1.0, std::ceil(share * known_));
  uint32_t below = 0;
  size_t bucket = 0;
  for (; bucket + 1 < kBuckets; ++bucket) {
    below += counts_[bucket];
    if (below >= rank) break;
  }
  return kFirstEdge_s * std::exp2(static_cast<double>(bucket) / kBucketsPerDoubling);
}

}  // namespace seep::resilience

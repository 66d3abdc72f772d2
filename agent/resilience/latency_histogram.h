// SPDX-License-Identifier: Apache-2.0
// Quantiles of durations in constant memory: buckets that grow by 2^(1/4), so that a quantile is
// at most 19 % too high. One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace seep::resilience {

class LatencyHistogram {
 public:
  void Add(double seconds);

  // The upper edge of the bucket that holds it; 0 when nothing is known. 0 < share <= 1.
  double Quantile(double share) const;

  // At most kMemory: all counts are halved then, so that what is long ago weighs little.
  uint32_t known() const { return known_; }

 private:
  static constexpr size_t kBuckets = 100;  // 10 us to 280 s
  static constexpr uint32_t kMemory = 400;

  std::array<uint32_t, kBuckets> counts_{};
  uint32_t known_ = 0;
};

}  // namespace seep::resilience

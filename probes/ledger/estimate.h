// SPDX-License-Identifier: Apache-2.0
// What a sampled block stands for, on the reader's side (docs/sampling.md).
#pragma once

#include <cmath>
#include <cstdint>

namespace seep::ledger {

// Contribution of one sampled block of s bytes, drawn with mean interval T, p = 1 - exp(-s/T):
// bytes s/p, objects 1/p, and s^2 (1-p)/p^2 to the unbiased variance estimate of the byte sum
// (Horvitz-Thompson for Poisson sampling). T <= 1 is exact mode: p = 1.
struct BlockEstimate {
  double bytes = 0;
  double objects = 0;
  double variance = 0;
};
inline BlockEstimate EstimateBlock(uint64_t size_bytes, double interval_bytes) {
  const auto s = static_cast<double>(size_bytes);
  // A block of 0 bytes can be sampled in exact mode only; nothing may divide by 0 on our side.
  const double p =
      interval_bytes <= 1.0 || size_bytes == 0 ? 1.0 : -std::expm1(-s / interval_bytes);
  return {s / p, 1.0 / p, s * s * (1.0 - p) / (p * p)};
}

}  // namespace seep::ledger

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <cstdint>

namespace seep::agent {

inline int64_t NowNanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Seconds on CLOCK_MONOTONIC, the clock of the ledger's stamps.
inline double MonotonicSeconds() {
  return static_cast<double>(NowNanoseconds(CLOCK_MONOTONIC)) / 1e9;
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
// Keeps the time spent on sampling below a share of one CPU: an allocation storm doubles T for as
// long as it lasts. Each block keeps the T it was drawn with, so the weights stay exact.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"

namespace seep::probe {

inline constexpr uint32_t kDefaultCpuPercent = 1;

// `percent` of one CPU, 0: no limit. Before the first sample.
void SetCpuBudget(uint32_t percent);

// Time stamp counter: constant rate, no system call.
inline uint64_t ReadCycles() {
  return __builtin_ia32_rdtsc();
}

// A sample was taken from `started_cycles` until `now_cycles`. Any thread; changes
// header().storm_doublings when a window of time has passed. Exact mode is left exact.
void AccountSample(LedgerView view, uint64_t started_cycles, uint64_t now_cycles);

}  // namespace seep::probe

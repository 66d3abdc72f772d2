// SPDX-License-Identifier: Apache-2.0
// Once the target has installed a seccomp filter, a system call that the filter does not expect may
// kill it. prctl and syscall are interposed to see that happen; from then on the probe makes none.
#pragma once

#include <atomic>
#include <cstdint>

// Written by the hooks, which are assembly. Survives a fork, as filters do.
extern "C" std::atomic<uint32_t> seep_has_filter __attribute__((visibility("hidden")));

namespace seep::probe {

// Cold paths ask before each system call that comes after the opening of the first ledger.
inline bool MaySystemCall() {
  return seep_has_filter.load(std::memory_order_relaxed) == 0;
}

}  // namespace seep::probe

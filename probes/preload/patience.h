// SPDX-License-Identifier: Apache-2.0
// Waiting for another thread that is at something all need: it is done in microseconds, unless it
// has lost its CPU to others, and never when it is gone (a vfork child that was killed).
#pragma once

#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {

class Patience {
 public:
  // Waits a little. False: half a second is over, or as long as spinning can be borne where system
  // calls are forbidden.
  bool Wait() {
    constexpr int kYields = 200;
    constexpr int kTries = 5000;
    constexpr long kSleep_ns = 50'000;  // with the kernel's own slack twice as long
    if (++tries_ > kTries) return false;
    if (!MaySystemCall()) {
      for (int i = 0; i < 100; ++i) __builtin_ia32_pause();
    } else if (tries_ <= kYields) {
      SysYield();
    } else {
      SysSleepNanoseconds(kSleep_ns);  // a yield gives way to nobody on another CPU
    }
    return true;
  }

 private:
  int tries_ = 0;
};

}  // namespace seep::probe

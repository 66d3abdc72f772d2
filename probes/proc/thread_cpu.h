// SPDX-License-Identifier: Apache-2.0
// What a look at /proc costs: looks that cost much are taken more seldom.
#pragma once

#include <time.h>

namespace seep::proc {

// CPU time of this thread. On a busy machine a look is interrupted where it holds nothing of the
// target.
inline double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace seep::proc

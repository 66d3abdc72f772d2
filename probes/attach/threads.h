// SPDX-License-Identifier: Apache-2.0
// The threads of the target, and one of them that may call for us.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "probes/attach/priority_loan.h"
#include "probes/attach/safe_point.h"
#include "probes/attach/tracee.h"
#include "probes/attach/urgency.h"
#include "storage/model/error.h"

namespace seep::attach {

// Living threads of a process now; empty: it has ended.
std::vector<pid_t> ListThreads(pid_t pid);

// A thread that has been stopped at a safe point. Threads that wait in the kernel are tried first,
// then all, again and again until the limit; each is stopped alone and for a moment only. kBusy:
// none was found, the message tells where they were.
struct SafeThread {
  std::unique_ptr<Urgency> urgency;    // until it goes on
  std::unique_ptr<PriorityLoan> loan;  // to it
  Tracee thread;
  double stopped_s = 0;       // since when, CLOCK_MONOTONIC
  double longest_look_s = 0;  // for which another one, or this one before, was stopped
  int tries = 0;              // threads looked at
};
model::Result<SafeThread> StopSafeThread(const Memory& memory, const LoadedProgram& program,
                                         double limit_s);

}  // namespace seep::attach

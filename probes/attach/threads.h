// SPDX-License-Identifier: Apache-2.0
// The threads of the target: one that may call for us, or all of them stopped.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "probes/attach/safe_point.h"
#include "probes/attach/tracee.h"
#include "storage/model/error.h"

namespace seep::attach {

// Living threads of a process now; empty: it has ended.
std::vector<pid_t> ListThreads(pid_t pid);

// While some threads stand still, we must not wait for a processor behind the others: a real-time
// thread where we may be one (root, CAP_SYS_NICE), else as before.
class Urgency {
 public:
  Urgency();
  ~Urgency();
  Urgency(const Urgency&) = delete;
  Urgency& operator=(const Urgency&) = delete;

 private:
  int policy_ = 0;
  int priority_ = 0;
  bool is_raised_ = false;
};

// All threads of a process, stopped. New ones cannot appear: whoever would make them is stopped.
// Gone on when this ends.
class StoppedProcess {
 public:
  // Takes at most `limit_s`; then kBusy, and nothing is stopped any more.
  static model::Result<StoppedProcess> Stop(pid_t pid, double limit_s);
  StoppedProcess(StoppedProcess&&) = default;

  std::vector<Tracee>& threads() { return threads_; }

  // True when a thread executes an instruction between the two addresses just now.
  bool IsAnyIn(uint64_t start, uint64_t end) const;

 private:
  explicit StoppedProcess(std::unique_ptr<Urgency> urgency) : urgency_(std::move(urgency)) {}
  std::unique_ptr<Urgency> urgency_;  // until the last thread goes on
  std::vector<Tracee> threads_;
};

// A thread that has been stopped at a safe point. Threads that wait in the kernel are tried first,
// then all, again and again until the limit; each is stopped alone and for a moment only. kBusy:
// none was found, the message tells where they were.
struct SafeThread {
  Tracee thread;
  int tries = 0;  // threads looked at
};
model::Result<SafeThread> StopSafeThread(const Memory& memory, const LoadedProgram& program,
                                         double limit_s);

}  // namespace seep::attach

// SPDX-License-Identifier: Apache-2.0
// Function calls on a thread of the target that has been stopped at a safe point. Its other
// threads run on: a lock that one of them holds is released.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "probes/attach/call_frame.h"
#include "probes/attach/memory.h"
#include "probes/attach/tracee.h"
#include "storage/model/error.h"

namespace seep::attach {

class RemoteCall {
 public:
  // Saves the state of `thread`, which must be stopped by PTRACE_INTERRUPT, and pushes the frame.
  // `data_bytes` of its stack are for arguments.
  static model::Result<RemoteCall> Prepare(Tracee& thread, const Memory& memory, uint64_t sigreturn,
                                           size_t data_bytes);
  RemoteCall(RemoteCall&&) noexcept;
  RemoteCall& operator=(RemoteCall&&) = delete;
  // As Finish.
  ~RemoteCall();

  // Zeroed memory for arguments, until Finish.
  uint64_t data() const { return frame_.data; }

  // Calls `function` with up to three integers or addresses, whose result is lost: rt_sigreturn's
  // number takes its place. After an error no further call is possible. kBusy: it has not returned
  // within the limit; then the call goes on by itself, and the thread returns to the program when
  // it is done.
  model::Status Call(uint64_t function, std::array<uint64_t, 3> arguments, double limit_s);

  // The same; the result of the last system call that the function made, -errno on failure.
  model::Result<int64_t> CallForSyscall(uint64_t function, std::array<uint64_t, 3> arguments,
                                        double limit_s);

  // Brings the thread back to where it was, in the kernel too: a call that it waited in goes on.
  // Stopped afterwards.
  model::Status Finish();

 private:
  RemoteCall(Tracee& thread, uint64_t sigreturn) : thread_(&thread), sigreturn_(sigreturn) {}
  // Sets the thread at the beginning of the function.
  model::Status Enter(uint64_t function, const std::array<uint64_t, 3>& arguments);
  // Two ways to see it come back. To the entry of rt_sigreturn, with a stop at every system call
  // before; or home, past rt_sigreturn, by a blocked signal that is delivered there: that is one
  // stop, which matters where each has to wait for a processor.
  model::Result<int64_t> RunToReturn(double limit_s);
  model::Status RunHome(double limit_s);
  bool IsAtReturn(const Tracee::SyscallStop& stop) const;

  Tracee* thread_;
  uint64_t sigreturn_;
  ThreadState before_;
  CallFrame frame_;
  int signal_ = 0;               // for RunHome; 0: the thread must come back by RunToReturn
  std::vector<int> kept_;        // signals that came meanwhile, for the program
  bool is_at_return_ = false;    // stopped at the entry of rt_sigreturn
  bool is_home_ = false;         // stopped past it
  bool is_left_behind_ = false;  // a call that did not return in time, or the thread has ended
};

}  // namespace seep::attach

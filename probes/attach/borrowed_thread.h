// SPDX-License-Identifier: Apache-2.0
// A thread of the target that works for us for a while. Whatever can be known before is found out
// before it is stopped.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "probes/attach/loaded_program.h"
#include "probes/attach/remote_call.h"
#include "probes/attach/threads.h"
#include "storage/model/error.h"

namespace seep::attach {

// The thread goes on where it was, its errno too, when this ends.
class BorrowedThread {
 public:
  // `limit_s`: until one is at a safe point, and for each call.
  static model::Result<BorrowedThread> Take(const Memory& memory, const LoadedProgram& program,
                                            double limit_s);

  BorrowedThread(BorrowedThread&&) = default;
  ~BorrowedThread();

  // Memory of the thread for arguments, zeroed at first.
  static constexpr size_t kDataBytes = 8192;
  uint64_t data() const { return call_->data(); }

  // `name` is the function's, for the message of an error: what state the target is in now.
  model::Status Call(uint64_t function, const char* name, std::array<uint64_t, 3> arguments);
  // The result of the last system call that the function made, -errno on failure.
  model::Result<int64_t> CallForSyscall(uint64_t function, const char* name,
                                        std::array<uint64_t, 3> arguments);

  // Lets the thread go on, and says whether that worked.
  model::Status Return();

  uint64_t errno_address() const { return errno_address_; }
  int tries() const { return tries_; }
  // For how long it stood still, or one that was only looked at. After Return.
  double held_s() const { return held_s_; }

 private:
  BorrowedThread(const Memory& memory, double limit_s, SafeThread thread);
  model::Error Explain(const model::Error& error, const char* name) const;

  Memory memory_;
  double limit_s_;
  int tries_;
  double held_s_;
  std::unique_ptr<SafeThread> thread_;  // fixed in place: call_ refers to it
  std::unique_ptr<RemoteCall> call_;    // before thread_ in destruction
  uint64_t errno_address_ = 0;
  int errno_ = 0;
};

}  // namespace seep::attach

// SPDX-License-Identifier: Apache-2.0
// A thread of the target that works for us for a while, and dlopen called on it.
#pragma once

#include <memory>
#include <string>

#include "probes/attach/loaded_program.h"
#include "probes/attach/remote_call.h"
#include "probes/attach/threads.h"
#include "storage/model/error.h"

namespace seep::attach {

// The thread goes on where it was, its errno too, when this ends.
class Borrowed {
 public:
  static model::Result<Borrowed> Take(const Memory& memory, const LoadedProgram& program,
                                      double limit_s);

  Borrowed(Borrowed&&) = default;
  ~Borrowed();

  RemoteCall& call() { return *call_; }
  uint64_t fs_base() const { return fs_base_; }
  int tries() const { return thread_->tries; }

  // Gives the thread back, and says whether that worked.
  model::Status Return();

  // The error of a call as a person must know it: what state the target is in now.
  model::Error Explain(const model::Error& error, const std::string& function) const;

 private:
  explicit Borrowed(const Memory& memory) : memory_(memory) {}

  Memory memory_;
  std::unique_ptr<Urgency> urgency_ = std::make_unique<Urgency>();
  std::unique_ptr<SafeThread> thread_;  // fixed in place: call_ refers to it
  std::unique_ptr<RemoteCall> call_;    // before thread_ in destruction
  uint64_t fs_base_ = 0;
  uint64_t errno_address_ = 0;
  int errno_ = 0;
};

// Loads the file at `path` (ours to see) into the target: by its path when the target sees the same
// file there, else through a memfd. `program` has it afterwards. Nothing stays behind on failure.
model::Status LoadLibrary(const Memory& memory, LoadedProgram* program, const std::string& path,
                          double limit_s, Borrowed& borrowed);

}  // namespace seep::attach

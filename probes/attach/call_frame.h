// SPDX-License-Identifier: Apache-2.0
// What is put on the stack of a stopped thread so that it can call a function and come back by
// itself: the frame that the kernel pushes for a signal handler. The function returns into libc's
// rt_sigreturn, which restores every register, the vector state and the signal mask. So nothing is
// lost when seep is killed during the call, and no breakpoint or changed text is needed.
//
//   thread's stack   ...in use
//                    128 bytes: the red zone of the interrupted function
//                    data: arguments in memory
//                    vector state (XSAVE)
//                    ucontext
//           rsp -->  address of rt_sigreturn, as the function's return address
#pragma once

#include <cstdint>
#include <vector>

#include "probes/attach/memory.h"
#include "probes/attach/tracee.h"
#include "storage/model/error.h"

namespace seep::attach {

struct ThreadState {
  Registers registers{};
  std::vector<char> vectors;  // as NT_X86_XSTATE
  uint64_t signal_mask = 0;
};

struct CallFrame {
  uint64_t stack_pointer = 0;  // at the entry of the function
  uint64_t data = 0;           // address of the data, 16-byte aligned
};

// Lays the frame out and writes it. `data_bytes` of memory for arguments stay zero.
model::Result<CallFrame> PushCallFrame(const Memory& memory, const ThreadState& state,
                                       uint64_t sigreturn, size_t data_bytes);

// Where libc does rt_sigreturn: "mov $15, %rax; syscall". nullopt: not found.
std::optional<uint64_t> FindSigreturn(const Memory& memory, uint64_t text_start, uint64_t text_end);
inline constexpr uint64_t kSigreturnBytes = 9;  // of these two instructions

// What the frame takes at most, beside the data.
inline constexpr uint64_t kFrameBytes = 16 * 1024;

}  // namespace seep::attach

// SPDX-License-Identifier: Apache-2.0
// The stack of a stopped thread of the target, by libunwind working on remote memory. Unwind data
// is read where ld.so has mapped it, so it works for deleted files and in other mount namespaces.
#pragma once

#include <cstdint>
#include <vector>

#include "probes/attach/loaded_program.h"
#include "probes/attach/memory.h"
#include "probes/attach/tracee.h"

namespace seep::attach {

struct Walk {
  // Instruction addresses, innermost first; of callers: inside the call instruction.
  std::vector<uint64_t> frames;
  bool is_complete = false;  // ended where the thread began
};
Walk WalkStack(const Memory& memory, const LoadedProgram& program, const Registers& registers);

}  // namespace seep::attach

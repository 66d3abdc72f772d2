// SPDX-License-Identifier: Apache-2.0
// Words of libc that each thread has for itself, found without running anything: a thread that is
// stepped or asked would be lost if we died meanwhile (a pending single step is a SIGTRAP).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probes/attach/loaded_program.h"
#include "probes/attach/memory.h"

namespace seep::attach {

// Where errno of a thread lies, from its control block (fs_base), by the code of __errno_location.
// nullopt: it is not the code that we know.
std::optional<int64_t> FindErrnoOffset(const Memory& memory, const LoadedProgram& program);

// What dlerror would say in the thread whose errno is there; empty: nothing, or not where we look.
std::string ReadLoaderError(const Memory& memory, uint64_t errno_address);

}  // namespace seep::attach

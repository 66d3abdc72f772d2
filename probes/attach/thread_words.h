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

// Address of errno of the thread whose control block is `fs_base`, by the code of
// __errno_location. nullopt: it is not the code that we know.
std::optional<uint64_t> FindErrno(const Memory& memory, const LoadedProgram& program,
                                  uint64_t fs_base);

// What dlerror would say in that thread; empty: nothing, or not where we look for it.
std::string ReadLoaderError(const Memory& memory, const LoadedProgram& program, uint64_t fs_base);

}  // namespace seep::attach

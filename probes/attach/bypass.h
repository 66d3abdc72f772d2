// SPDX-License-Identifier: Apache-2.0
// Objects whose calls pass the hooks by, found from outside. Their slots lead to an allocator that
// is not the one the program's scope leads to, as RTLD_DEEPBIND has it; or they were loaded too
// late for the probe to redirect their calls of jemalloc's own functions.
#pragma once

#include <string>
#include <vector>

#include "probes/attach/loaded_program.h"

namespace seep::attach {

struct Bypass {
  std::string object;     // path as ld.so knows it
  std::string allocator;  // name of the object whose functions it calls
  bool is_jemallocs_own = false;
};

// One for each such object of a program with libseep.so, preloaded or injected. A slot that nobody
// has called through yet (lazy binding) tells nothing. Reads tables of every object: some
// milliseconds; the process runs on.
std::vector<Bypass> FindBypasses(const Memory& memory, const LoadedProgram& program);

}  // namespace seep::attach

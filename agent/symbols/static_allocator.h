// SPDX-License-Identifier: Apache-2.0
// Allocators that are part of a module without being its malloc for others: calls of them never
// leave the module, and no preload sees them.
#pragma once

#include <string>

namespace seep::symbols {

// "jemalloc", "mimalloc", ... in the ELF file at `path`; empty when there is none to be seen, also
// in a file that is stripped or cannot be read. An object that exports malloc is no such module:
// the probe stands before it, or says so itself. Remembers its answers, by file; one thread.
std::string StaticAllocatorOf(const std::string& path);

}  // namespace seep::symbols

// SPDX-License-Identifier: Apache-2.0
// Which limit a process's memory will hit first.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace seep::proc {

struct MemoryLimit {
  uint64_t bytes = 0;  // 0: none could be found
  std::string source;  // "cgroup memory.max", "host memory"
};

// The smallest of the cgroup's memory.max (v2, up to the root) or memory.limit_in_bytes (v1) and
// the host's memory.
MemoryLimit FindMemoryLimit(pid_t pid);

}  // namespace seep::proc

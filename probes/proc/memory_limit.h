// SPDX-License-Identifier: Apache-2.0
// Which limit a process's memory will hit first.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace seep::proc {

struct MemoryLimit {
  uint64_t bytes = 0;  // that the process may have in memory; 0: none could be found
  std::string source;  // "cgroup memory.max", "RLIMIT_AS", "host memory"
};

// The smallest of: memory.max and memory.high (v2) or memory.limit_in_bytes (v1) of its cgroups, up
// to the root, each without what others in the group hold; RLIMIT_AS and RLIMIT_DATA; the host's
// memory. `rss_bytes`: what the process itself holds.
MemoryLimit FindMemoryLimit(pid_t pid, uint64_t rss_bytes);

// The same of files below other roots, for tests.
MemoryLimit FindMemoryLimit(const std::string& proc, const std::string& cgroups,
                            const std::string& pid, uint64_t rss_bytes);

}  // namespace seep::proc

// SPDX-License-Identifier: Apache-2.0
// How many descriptors, mappings and threads a process may have.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace seep::proc {

// Nothing: no limit, or none that can be seen.
struct ResourceLimits {
  std::optional<uint64_t> fds;       // RLIMIT_NOFILE, the soft one
  std::optional<uint64_t> mappings;  // vm.max_map_count
  // The smallest of pids.max of its control groups, kernel.threads-max and, unless it is root's,
  // RLIMIT_NPROC. What others have of these counts, too: an upper bound.
  std::optional<uint64_t> threads;
};

ResourceLimits ReadResourceLimits(pid_t pid);
// The same of files below other roots, for tests.
ResourceLimits ReadResourceLimits(const std::string& proc, const std::string& cgroups,
                                  const std::string& pid);

}  // namespace seep::proc

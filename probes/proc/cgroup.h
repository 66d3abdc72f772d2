// SPDX-License-Identifier: Apache-2.0
// The control groups of a process, and what they say of its memory. Version 2; of version 1 only
// the folders.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seep::proc {

// Folders of the groups that the process is in, from its own to the root. `controller`: of a
// hierarchy of version 1; empty: version 2. `groups`: text of /proc/PID/cgroup, `root`: where the
// hierarchies are mounted. In a hybrid layout version 2 is in root/unified.
std::vector<std::string> GroupFolders(std::string_view groups, const std::string& root,
                                      std::string_view controller);
// The folder of its own group of version 2; empty: there is none.
std::string OwnGroup(pid_t pid);

// memory.current and fields of memory.stat. What the kernel does not tell is nothing, not 0.
struct GroupMemory {
  std::optional<uint64_t> current;
  std::optional<uint64_t> anon;
  std::optional<uint64_t> file;
  std::optional<uint64_t> kernel;
  std::optional<uint64_t> sock;
  std::optional<uint64_t> shmem;
};
GroupMemory ReadGroupMemory(const std::string& folder);

}  // namespace seep::proc

// SPDX-License-Identifier: Apache-2.0
// Processes by the pid that they see themselves. In a pid namespace (a container, unshare --pid)
// that is not the pid that we see, and ledgers are named by it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace seep::proc {

// `pid` itself where the kernel does not tell (before 4.1), or the process has ended.
pid_t ReadOwnPid(pid_t pid);

// Living processes by what their ledgers call them. Those of other namespaces are looked up once,
// when the first of them is asked for: make a new one for each look.
class LivingProcesses {
 public:
  // Our pid of the process; nothing: it has ended, or cannot be seen from here.
  std::optional<pid_t> Find(pid_t own_pid, uint64_t start_ticks);

 private:
  using Key = std::pair<pid_t, uint64_t>;  // own pid, start_ticks
  std::optional<std::map<Key, pid_t>> elsewhere_;
};

}  // namespace seep::proc

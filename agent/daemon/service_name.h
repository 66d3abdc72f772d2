// SPDX-License-Identifier: Apache-2.0
// What an operator calls a process that was found by its ledger (docs/agent.md, "Names").
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace seep::agent {

struct ProcessFacts {
  std::string exe;                     // path
  std::vector<std::string> arguments;  // empty: it has ended
  std::string groups;                  // text of /proc/PID/cgroup
  std::string folder;                  // that it works in
};
ProcessFacts ReadFacts(pid_t pid);

struct ServiceName {
  std::string name;   // "nginx", "worker.py", "serve@1f0c5e6a7b8d"
  std::string place;  // the folder of its program or script: tells two of one name apart
  std::string key;    // the same for processes of one service, over restarts and boots
};

// By its systemd unit; else by its container and program; else by its program or, of an
// interpreter, by its script. What the agent itself is in (`own_groups`) tells nothing.
ServiceName NameService(const ProcessFacts& process, const std::string& own_groups);

}  // namespace seep::agent

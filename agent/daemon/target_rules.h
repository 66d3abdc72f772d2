// SPDX-License-Identifier: Apache-2.0
// Which running processes the configured targets are.
#pragma once

#include <sys/types.h>

#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/daemon/config.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {

class TargetRules {
 public:
  explicit TargetRules(std::vector<TargetRule> rules);

  struct Match {
    const TargetRule* rule;
    proc::ProcessIdentity process;
  };
  // Processes that a rule names and that were not there, or not yet what they are now, at the last
  // look; the first rule that fits. A young process is looked at again, and told again: it may be
  // about to exec.
  std::vector<Match> FindNew();
  // All of them are new again.
  void Forget() { known_.clear(); }

  const std::vector<TargetRule>& rules() const { return rules_; }

 private:
  using FromFiles = std::set<std::pair<size_t, pid_t>>;  // rule, pid that its file holds
  // A program as it was when the rules were tried on it.
  struct Known {
    std::string exe;
    std::string command_line;
    bool is_young = true;
  };
  FromFiles ReadPidFiles() const;
  const TargetRule* RuleOf(pid_t pid, const Known& program, const FromFiles& from_files) const;

  std::vector<TargetRule> rules_;
  std::vector<std::regex> command_lines_;              // one a rule
  std::map<std::pair<pid_t, uint64_t>, Known> known_;  // by pid and start
};

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
// The processes under watch: the first and everything it started, found as it appears.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/watch/target_watch.h"

namespace seep::agent {

class ProcessTree {
 public:
  explicit ProcessTree(double run_started_s) : run_started_s_(run_started_s) {}

  // Begins to watch a process. kNotFound when it has ended.
  model::Status Add(pid_t pid, double t_s);

  // Of a process that has ended: only its ledger is left, which says what `exe` was.
  void AddEnded(const LedgerFile& ledger, const std::string& exe, double t_s);

  // Looks for new children of all watched processes, and of `adopter` (0: none), to which orphans
  // are handed.
  void Discover(double t_s, pid_t adopter);

  // In order of appearance, the ended ones too until they are dropped.
  std::vector<std::unique_ptr<TargetWatch>>& targets() { return targets_; }
  const std::vector<std::unique_ptr<TargetWatch>>& targets() const { return targets_; }
  TargetWatch* Find(pid_t pid) const;
  size_t living() const;

  // TargetWatch::LookForUnseen of those that are due, the longest due first, for about 20 ms:
  // there may be thousands. The others have their turn at the next call.
  std::vector<std::string> LookForUnseen(double t_s);

  // Forgets the ended ones: their figures are stored.
  void DropEnded();

 private:
  void DiscoverBelow(pid_t pid, double t_s);

  double run_started_s_;
  std::vector<std::unique_ptr<TargetWatch>> targets_;
};

}  // namespace seep::agent

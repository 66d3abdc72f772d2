// SPDX-License-Identifier: Apache-2.0
// Ledgers as they appear: of services that were started with the probe and that nobody named.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/watch/ledger_directory.h"
#include "storage/model/descriptor.h"
#include "storage/model/error.h"

namespace seep::agent {

struct FoundLedger {
  LedgerFile file;
  LedgerDirectory directory;
  std::string exe;           // of the process, as its ledger says
  std::optional<pid_t> pid;  // ours of the process; nothing: it has ended
};

class LedgerInbox {
 public:
  // Empty `directories`: where probes write by default, of every user.
  explicit LedgerInbox(std::vector<std::string> directories);

  // Readable when a directory has changed.
  int descriptor() const { return inotify_.get(); }

  // Ledgers that have not been told. Not told are those of a run (seep run reads them itself; when
  // it was killed they are told once their process has ended), those of another boot, and those
  // that lie in a directory of a user who does not own the process.
  std::vector<FoundLedger> FindNew();
  // All of them are new again.
  void Forget() { told_.clear(); }

 private:
  void Watch();
  void Drain();

  std::vector<std::string> patterns_;
  model::Descriptor inotify_;
  std::map<std::string, int> watched_;  // directory, watch
  std::set<std::string> told_;          // paths
};

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
// Ledgers as they appear: of services that were started with the probe and that nobody named.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
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
  uint64_t run_token = 0;    // of the seep run that started it; 0: none
};

class LedgerInbox {
 public:
  // Empty `directories`: where probes write by default, of every user.
  explicit LedgerInbox(std::vector<std::string> directories);

  // Readable when a directory has changed.
  int descriptor() const { return inotify_.get(); }

  // Ledgers that have not been told, those of living processes first. Not told are those of a run
  // (seep run reads them itself; when it was killed they are told once their process has ended),
  // those of another boot, and those that lie in a directory of a user who does not own the
  // process. A directory gets 20 ms a look: whoever fills one delays nobody but himself.
  std::vector<FoundLedger> FindNew();
  // The last look left some for the next.
  bool is_behind() const { return is_behind_; }
  // All of them are new again.
  void Forget() { known_.clear(); }

 private:
  // What was seen of a file, so that it is opened once.
  struct Known {
    bool is_done = false;  // told, or nothing to tell
    bool is_open = false;  // the rest was read
    std::string exe;
    uint64_t run_token = 0;
    double next_look_s = 0;  // CLOCK_MONOTONIC
  };

  void Watch();
  void Drain();
  void Open(const LedgerFile& file, const std::string& boot_id, Known* known);

  std::vector<std::string> patterns_;
  model::Descriptor inotify_;
  std::map<std::string, int> watched_;  // directory, watch
  std::map<std::string, Known> known_;  // by path
  bool is_behind_ = false;
};

}  // namespace seep::agent

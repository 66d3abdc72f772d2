// SPDX-License-Identifier: Apache-2.0
// The directory in which probes leave their ledgers: where it is, and what lies in it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/error.h"

namespace seep::agent {

struct LedgerFile {
  std::string path;
  int pid = 0;
  uint64_t start_ticks = 0;
  uint64_t image = 0;          // rises with each exec of the process
  std::string failure_reason;  // of a probe that could not make a ledger; then no ledger
};

class LedgerDirectory {
 public:
  // For a target that we start: $SEEP_DIR, else the first default place that is, or can be made, a
  // writable tmpfs directory with room for a ledger. Errors name the place and the remedy.
  static model::Result<LedgerDirectory> Choose();

  // Of a process that already runs: where its mapped ledger lies. kNotFound: it has no probe.
  static model::Result<LedgerDirectory> OfProcess(pid_t pid);

  // As it is; a path that is no directory lists nothing.
  static LedgerDirectory At(std::string path) { return LedgerDirectory(std::move(path)); }

  const std::string& path() const { return path_; }

  // Everything in the directory now; what is no ledger's name is passed over.
  std::vector<LedgerFile> List() const;

 private:
  explicit LedgerDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

// Of `files`, the newest ledger of a process, or the reason why it has none.
std::optional<LedgerFile> FindNewest(const std::vector<LedgerFile>& files, int pid,
                                     uint64_t start_ticks);

}  // namespace seep::agent

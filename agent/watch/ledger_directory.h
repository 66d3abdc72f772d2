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
  // Of whose processes it may speak; nothing: of any.
  std::optional<uid_t> believed_of{};
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
  // One that was found, not chosen: who may write there can claim anything of any process, so it is
  // believed about those of its owner, and about all only if that is root.
  static LedgerDirectory Found(std::string path);

  const std::string& path() const { return path_; }
  std::optional<uid_t> believed_of() const { return believed_of_; }

  // Everything in the directory now; what is no ledger's name is passed over.
  std::vector<LedgerFile> List() const;

 private:
  explicit LedgerDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
  std::optional<uid_t> believed_of_;
};

// What lies in all of them.
std::vector<LedgerFile> ListAll(const std::vector<LedgerDirectory>& directories);

// Of `files`, the newest ledger of a process, or the reason why it has none.
// `uid`: of the process; nothing: not known, and files that anybody may have left count.
std::optional<LedgerFile> FindNewest(const std::vector<LedgerFile>& files, int pid,
                                     uint64_t start_ticks, std::optional<uid_t> uid = {});
inline bool IsBelieved(const LedgerFile& file, std::optional<uid_t> uid) {
  return !file.believed_of || !uid || *file.believed_of == *uid;
}

}  // namespace seep::agent

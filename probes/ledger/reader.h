// SPDX-License-Identifier: Apache-2.0
// Reads a ledger that a target writes, or has left behind. Agent side.
//
// Nothing in the file is trusted: its size is checked, every section is checked against the file,
// everything is copied first and every index is checked after the copy. A file that shrinks under
// the mapping (SIGBUS) is an error, not a crash. Not thread-safe; one thread reads one ledger.
#pragma once

#include <cstdint>
#include <string>

#include "probes/ledger/mapped_file.h"
#include "probes/ledger/snapshot_reader.h"
#include "storage/model/error.h"

namespace seep::ledger {

struct LedgerIdentity {
  uint32_t pid = 0;
  uint32_t parent_pid = 0;
  uint32_t image = 0;
  uint64_t start_ticks = 0;
  uint64_t run_token = 0;
  uint64_t created_monotonic_ns = 0;
  uint64_t created_realtime_ns = 0;
  uint64_t base_interval_bytes = 0;
  std::string boot_id;
  std::string exe;
};

class Reader {
 public:
  // kNotFound; kCorrupt (not a ledger, or one that contradicts itself); kUnsupported (newer
  // layout); kBusy (the probe has not finished writing the header: try again).
  static model::Result<Reader> Open(const std::string& path);

  const LedgerIdentity& identity() const { return identity_; }
  const std::string& path() const { return path_; }

  // The state now. Call it again and again; what it returned as new is not returned again.
  model::Result<Snapshot> Read();

  // What was returned as new is new again.
  void TellAgain() { snapshots_ = SnapshotReader(sections_, identity_.base_interval_bytes); }

  // What a look at the header tells. All 0 when it cannot be read. Cheap.
  struct Glance {
    uint64_t populated_bytes = 0;  // what the ledger costs its target: RssShmem
    Allocator allocator = Allocator::kUnknown;
    uint64_t allocator_in_use_bytes = 0;
    uint64_t allocator_held_bytes = 0;
    uint64_t allocator_mapped_bytes = 0;
    uint64_t allocator_asked_ticks = 0;  // tells one answer from the next; 0: none yet
  };
  Glance GlanceAtHeader();

  // When the newest sample was taken, in seconds since the ledger was made: the process lived until
  // then at least. 0 when it cannot be read.
  double LastSampleSeconds();

 private:
  Reader() = default;
  model::Status CheckHeader();

  std::string path_;
  MappedFile file_;
  LedgerIdentity identity_;
  Sections sections_{};
  Tables tables_;  // of the last look
  SnapshotReader snapshots_;
};

}  // namespace seep::ledger

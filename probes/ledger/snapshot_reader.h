// SPDX-License-Identifier: Apache-2.0
// Makes a snapshot of copied tables. Every index is checked: nothing in a ledger is trusted.
#pragma once

#include <cstdint>
#include <vector>

#include "probes/ledger/snapshot.h"
#include "probes/ledger/tables.h"

namespace seep::ledger {

// What was returned as new once is not returned again.
class SnapshotReader {
 public:
  SnapshotReader() = default;
  SnapshotReader(const Sections& sections, uint64_t base_interval_bytes);

  Snapshot Read(const Tables& tables);

 private:
  void ReadModules(const Tables& tables, Snapshot* snapshot);
  void ReadStacks(const Tables& tables, Snapshot* snapshot);
  void AddShards(const Tables& tables, Snapshot* snapshot) const;
  void ReadLive(const Tables& tables, Snapshot* snapshot) const;

  uint64_t base_interval_bytes_ = 1;
  std::vector<bool> is_module_known_;
  std::vector<bool> is_stack_known_;
};

}  // namespace seep::ledger

// SPDX-License-Identifier: Apache-2.0
// Windows of a ledger become longer as it gets older (storage/model/heap_window.h), and its stack
// points are brought to the longer ones in portions, over the following ticks. What is not merged
// yet is known by the length of the ledger's windows: readers take of each window the later row,
// with the least of all, and see the same before, meanwhile and after.
// All functions belong inside a write transaction.
#pragma once

#include <cstdint>

#include "storage/model/error.h"
#include "storage/model/ids.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

struct LedgerKey {
  model::RunId run{};
  model::TargetId target{};
  uint32_t ledger = 0;  // exec sequence
};

// The windows of the ledger are of this length from now on, and all of its stack points are to be
// merged. A merge that was not finished begins again.
model::Status LengthenWindows(Database& database, const LedgerKey& key, int64_t length);

model::Result<bool> IsMerging(Database& database, const LedgerKey& key);

// Goes through that many more stack points of the run. True: all of the ledger's are merged.
model::Result<bool> MergeSomeWindows(Database& database, const LedgerKey& key, int rows);

}  // namespace seep::sqlite

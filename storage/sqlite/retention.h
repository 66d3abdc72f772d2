// SPDX-License-Identifier: Apache-2.0
// Keeps a database small for ever: measurements one by one, then a row a minute, then a row in ten
// minutes; beyond a size the oldest runs go. Called by the daemon between ticks, on the thread that
// owns the Database, until nothing is left to do; `seep run` never calls it. Windows of load and
// latency become windows of ten minutes when measurements become rows a minute.
//
// Stacks are kept as they are: a stack has at most 64 rows however long its run is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/error.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// What the daemon fills from [retention] of its configuration. Ages count from the measurement in
// a run that goes on, from the end of the run in one that is finished.
struct RetentionPolicy {
  double raw_s = 48 * 3600;          // `raw`: as measured; later a row a minute
  double minute_s = 14 * 24 * 3600;  // `minute`: a row a minute; later one in ten minutes
  int64_t size_cap_bytes = 0;        // `size_cap`: of the pages in use; 0: none
  // A call ends after the portion that passes this. A portion takes 5 to 30 ms.
  double budget_s = 0.03;
};

struct Retained {
  int64_t reduced_rows = 0;  // measurements, minutes, windows of load that a bucket stands for now
  std::vector<std::string> removed_runs;  // names of those that were begun to be removed
  int64_t freed_pages = 0;                // given back to the file system
  bool is_done = false;                   // nothing left for now; a call in a minute will do
  bool is_over_cap = false;  // and no run may go: all go on, or are the newest of their name
};

// Every portion is one transaction: whatever ends the process, the next call goes on. `now_ns`
// since 1970, as run.started_at_ns. On an error its portion is undone and the ones before it stay.
model::Result<Retained> Retain(Database& database, const RetentionPolicy& policy, int64_t now_ns);

}  // namespace seep::sqlite

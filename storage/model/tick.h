// SPDX-License-Identifier: Apache-2.0
// What one tick of the agent adds to a run: the unit of writing, one database transaction.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "storage/model/heap_window.h"
#include "storage/model/load.h"
#include "storage/model/run.h"
#include "storage/model/series.h"
#include "storage/model/stack.h"

namespace seep::model {

struct Measurement {
  std::string metric;
  std::string unit;
  double value = 0;
};

// A module as a ledger numbers it.
struct LedgerModule {
  uint32_t ledger_id = 0;  // module id in the ledger, >= 1
  Module module;           // its id is not used
};

// One heap snapshot of one ledger, reduced to what changed since the one before.
struct HeapDelta {
  uint32_t ledger = 0;          // image number of the ledger
  double ledger_started_s = 0;  // t of the run; negative: before it
  HeapWindow window;            // the one that the snapshot is in
  std::vector<LedgerModule> new_modules;
  std::vector<Stack> new_stacks;  // id and target unused; frames' module ids are the ledger's
  // By slot. In place of what its window already has of the stack.
  std::vector<std::pair<uint32_t, StackPoint>> changed;
  // By slot: bins that changed; without samples: gone. `are_survivors_whole`: all there are.
  std::vector<std::pair<uint32_t, SurvivorBin>> survivors;
  bool are_survivors_whole = true;
};

struct TargetTick {
  Target target;  // identity and state; written when new or changed
  std::vector<Measurement> measurements;
  std::optional<HeapDelta> heap;
};

struct Tick {
  double t_s = 0;  // since the start of the run
  std::vector<TargetTick> targets;
  std::vector<Event> events;
  std::vector<LoadWindow> load{};  // that have become complete
};

}  // namespace seep::model

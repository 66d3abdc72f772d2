// SPDX-License-Identifier: Apache-2.0
// What one tick of the agent adds to a run: the unit of writing, one database transaction.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  uint32_t ledger = 0;  // image number of the ledger
  std::vector<LedgerModule> new_modules;
  std::vector<Stack> new_stacks;  // id and target unused; frames' module ids are the ledger's
  std::vector<std::pair<uint32_t, StackPoint>> changed;     // by slot
  std::vector<std::pair<uint32_t, SurvivorBin>> survivors;  // by slot: all of them, replaces
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
};

}  // namespace seep::model

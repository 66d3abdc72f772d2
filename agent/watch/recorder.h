// SPDX-License-Identifier: Apache-2.0
// One run on its way into the database: its ticks, and what happened to the database meanwhile.
#pragma once

#include <optional>

#include "agent/watch/tick_store.h"
#include "storage/model/tick.h"
#include "storage/sqlite/run_writer.h"

namespace seep::agent {

// On the thread of `store`, which must outlive it.
class Recorder {
 public:
  Recorder(TickStore& store, sqlite::RunWriter writer);

  // Transitions of the database's breaker since the last tick become events of this one, of kind
  // `breaker`. Never fails: see TickStore.
  void Record(model::Tick tick);

  // The last words. Errors: ticks that could not be stored.
  model::Status Finish(double duration_s, std::optional<int> target_exit);

  // See TickStore.
  uint64_t generation() const { return store_.generation(); }
  const model::Run& run() const { return store_.run(id_); }
  model::Status UpdateRun(const model::Run& run) { return store_.UpdateRun(id_, run); }

 private:
  void AddNotes(model::Tick* tick);

  TickStore& store_;
  model::RunId id_;
  uint64_t next_note_ = 0;
};

}  // namespace seep::agent

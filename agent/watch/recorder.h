// SPDX-License-Identifier: Apache-2.0
// Puts ticks into the database, and keeps those that it cannot take until it can.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "storage/model/tick.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/run_writer.h"

namespace seep::agent {

class Recorder {
 public:
  explicit Recorder(sqlite::RunWriter writer) : writer_(std::move(writer)) {}

  // Writes everything that waits, then `tick`, in order. What cannot be written waits: at most
  // kMaxWaiting ticks, the oldest are dropped and counted. Says on stderr when the database goes
  // away and when it is back.
  void Record(model::Tick tick);

  // The last words. Errors: ticks that could not be stored.
  model::Status Finish(double duration_s, std::optional<int> target_exit);

  const model::Run& run() const { return writer_.run(); }
  model::Status UpdateRun(const model::Run& run) { return writer_.UpdateRun(run); }

 private:
  static constexpr size_t kMaxWaiting = 2000;

  sqlite::RunWriter writer_;
  std::deque<model::Tick> waiting_;
  size_t dropped_ = 0;
  std::optional<model::Error> failure_;
};

}  // namespace seep::agent

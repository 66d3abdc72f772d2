// SPDX-License-Identifier: Apache-2.0
// What the tests of the tick store share: an agent with one run, and a look at what is stored.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/watch/recorder.h"
#include "agent/watch/tick_store.h"
#include "tests/storage/sqlite/fixture.h"

namespace seep::agent::test {

inline constexpr double kTick_s = 5;

// The tick at number * kTick_s, with an event that names it.
model::Tick TickAt(int number);

// A run in `folder`, whose clock stands still between ticks.
class Agent {
 public:
  explicit Agent(const std::string& folder, TickStoreSettings settings = {})
      : path_(folder + "/seep.db"),
        database_(sqlite::test::OpenOrFail(path_)),
        store_(database_, WithPath(std::move(settings)), [this] { return now_s_; }),
        recorder_(store_, *sqlite::RunWriter::Begin(database_, sqlite::test::SampleRun())) {}

  void Tick() {
    now_s_ += kTick_s;
    recorder_.Record(TickAt(++ticks_));
  }
  void Tick(int ticks) {
    for (int i = 0; i < ticks; ++i) Tick();
  }
  model::Status Finish() {
    now_s_ += kTick_s;
    return recorder_.Finish(now_s_ + kTick_s, 0);
  }

  const std::string& path() const { return path_; }
  sqlite::Database& database() { return database_; }
  TickStore& store() { return store_; }
  Recorder& recorder() { return recorder_; }
  resilience::BreakerState state() const { return store_.breaker_status().state; }
  int ticks() const { return ticks_; }

 private:
  TickStoreSettings WithPath(TickStoreSettings settings) const {
    const TickStoreSettings usual = TickStoreSettingsFor(path_);
    settings.spool.path_prefix = usual.spool.path_prefix;
    settings.spool.key = usual.spool.key;
    settings.breaker.call_timeout_s = 0.02;  // of real time
    settings.breaker.least_call_timeout_s = 0.02;
    return settings;
  }

  double now_s_ = 1000;
  int ticks_ = 0;
  std::string path_;
  sqlite::Database database_;
  TickStore store_;
  Recorder recorder_;
};

// Every tick but the first `lost`: its points, its event, in order and once. By another connection.
void CheckStored(const std::string& path, int ticks, int lost = 0);

// In the order in which they were written.
std::vector<std::string> BreakerEvents(const std::string& path);

size_t SpoolFiles(const std::string& folder);

}  // namespace seep::agent::test

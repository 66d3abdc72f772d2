// SPDX-License-Identifier: Apache-2.0
// Puts the ticks of any number of runs into one database, and keeps those that it cannot take
// until it can: behind a breaker, in memory and then in files beside the database
// (docs/resilience.md). Each tick is stored once, those of a run in order, or counted as lost.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/resilience/circuit_breaker.h"
#include "agent/resilience/tick_spool.h"
#include "agent/watch/clock.h"
#include "agent/watch/run_lock.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/run_writer.h"

namespace seep::agent {

struct TickStoreSettings {
  resilience::BreakerSettings breaker{
      .failures_to_open = 3,
      .successes_to_close = 2,
      .call_timeout_s = 0.5,  // the loop stands still meanwhile
      .least_call_timeout_s = 0.1,
      .calm_s = 300,
      .backoff = {.first_s = 1, .factor = 2, .longest_s = 15, .jitter = 0.25}};
  resilience::SpoolSettings spool;
  double drain_s = 0.25;       // at most, of one Record, to make up for what waits
  double last_drain_s = 30;    // the same at the end
  double persist_after_s = 5;  // away for longer: nothing waits in memory alone
};

// The spool lies beside the database: whoever opens it next finds what was left.
TickStoreSettings TickStoreSettingsFor(const std::string& database_path);

// One thread, the one that uses `database`, which must outlive the store. The store replaces it
// in place when its file was deleted. What is said is said once, until it is well again.
class TickStore {
 public:
  // Takes over what killed agents left, and stores it if the database can be written.
  TickStore(sqlite::Database& database, TickStoreSettings settings,
            std::function<double()> clock = MonotonicSeconds);

  // Before the first tick of a run.
  void Add(sqlite::RunWriter writer);
  const model::Run& run(model::RunId id) const { return writers_.at(id).run(); }

  void Record(model::RunId run, model::Tick tick);
  // Errors: as RunWriter; kBusy at once while the database is away.
  model::Status UpdateRun(model::RunId id, const model::Run& run);
  // A last attempt at everything that waits, without regard to the breaker.
  void Flush();
  // After Flush: the run ends. Errors: ticks of it that are not stored; what waits in files,
  // and the end of the run, is stored by the next agent with this database.
  model::Status Finish(model::RunId run, double duration_s, std::optional<int> target_exit);

  // Of whatever else uses the database: when the error is that its file is damaged, that is set
  // aside and begun anew. False: it is not, or that could not be done.
  bool Mend(const model::Error& error);
  // Rises when the database was begun anew: what was told once must be told again.
  uint64_t generation() const { return generation_; }

  // What happened to the database, for the runs' events: transitions, a file made anew.
  struct Note {
    double at_s = 0;  // of the clock
    std::string text;
  };
  void AddNote(double at_s, std::string text);
  // Those from the `*cursor`-th on; moves it behind the last.
  std::vector<Note> NotesSince(uint64_t* cursor) const;

  bool is_away() const { return failure_.has_value(); }
  double now_s() const { return clock_(); }
  resilience::BreakerStatus breaker_status() const { return breaker_.Status(); }
  const resilience::TickSpool& spool() const { return spool_; }
  uint64_t refused() const { return refused_; }

 private:
  enum class Outcome { kStored, kRefused, kAway };
  enum class Urgency { kInTurn, kLastChance };

  Outcome Try(const std::function<model::Status()>& call, Urgency urgency);
  model::Status BringBack();
  model::Status WriteSpooled(const resilience::SpooledTick& spooled);
  void Drain(double budget_s, Urgency urgency);
  void Refuse(model::RunId run, const model::Error& error);
  model::Status BeginAnew(const std::string& cause);
  model::Status BeginRunsAgain();
  void SayBack();
  void SayLosses();

  sqlite::Database& database_;
  TickStoreSettings settings_;
  std::function<double()> clock_;
  resilience::CircuitBreaker breaker_;
  resilience::TickSpool spool_;
  std::map<model::RunId, sqlite::RunWriter> writers_;
  std::map<model::RunId, RunLock> locks_;           // on the file made anew, as on the old one
  std::map<model::RunId, sqlite::RunWriter> left_;  // runs of killed agents, while replayed
  std::optional<model::Error> failure_;             // since the last time that all was well
  std::optional<model::Error> refusal_;             // of the last call
  double away_since_s_ = 0;
  std::set<model::RunId> to_begin_again_;  // in a database that was begun anew
  uint64_t generation_ = 0;
  std::map<model::RunId, uint64_t> refused_of_;
  uint64_t refused_ = 0;
  bool has_said_refusal_ = false;
  bool has_said_loss_ = false;
  std::deque<Note> notes_;
  uint64_t dropped_notes_ = 0;
};

}  // namespace seep::agent

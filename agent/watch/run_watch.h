// SPDX-License-Identifier: Apache-2.0
// One run, tick by tick: its processes, their ledgers, and what is written of them. Has no timer
// and takes no signals; those are of whoever owns it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/load/load_feed.h"
#include "agent/watch/cadence.h"
#include "agent/watch/ledger_directory.h"
#include "agent/watch/process_tree.h"
#include "agent/watch/recorder.h"
#include "storage/model/run.h"

namespace seep::agent {

struct RunWatchSettings {
  Cadence::Settings cadence;
  bool is_child = false;         // we started the root, and its orphans are handed to us
  bool follows_children = true;  // what a process starts is watched, too
  uint64_t run_token = 0;        // of ledgers that belong to this run, 0: none
  std::string no_probe;          // without a ledger directory: why there are no heap data
};

class RunWatch {
 public:
  // t = 0 of the run is `run_started_s` on CLOCK_MONOTONIC. `ledgers` is empty when the target has
  // no probe.
  RunWatch(RunWatchSettings settings, Recorder& recorder, std::vector<LedgerDirectory> ledgers,
           double run_started_s);

  // Begins to watch `root` and what it starts. kNotFound: it has ended.
  model::Status Start(pid_t root);
  // Reads, with the next tick, what a process left that ended before anybody watched it.
  void AddEnded(const LedgerFile& ledger, const std::string& exe);
  // Where probes of its processes write, once that is known: workers under another user write
  // elsewhere than their master.
  void AddLedgers(const LedgerDirectory& ledgers);

  // Windows of load and latency go into its ticks.
  void SetLoad(LoadFeed load) { load_.emplace(std::move(load)); }
  // Null: none is told.
  LoadFeed* load() { return load_ ? &*load_ : nullptr; }
  // The run ends: what is left of the load goes into the next tick, with warnings of sources that
  // told nothing. Waits at most that long, and asks endpoints a last time if it is a second or
  // more.
  void FinishLoad(double patience_s);

  // Measures everything, and the heaps when a snapshot is due or at the end; writes a tick.
  void Tick(bool is_final);
  // What the last one measured; without the heaps, of the load all operations together.
  const model::Tick& last_tick() const { return last_tick_; }
  // Looks for processes that were started since the last tick.
  void Discover();
  // Unlinks the ledgers of this run that are of no more use.
  void CollectLedgers();
  // The last words: how the processes ended.
  void Close();

  // Written with the next tick.
  void AddEvent(const std::string& kind, const std::string& message);

  double elapsed_s() const;
  double run_started_s() const { return run_started_s_; }
  const Cadence& cadence() const { return cadence_; }
  ProcessTree& tree() { return tree_; }
  const ProcessTree& tree() const { return tree_; }
  Recorder& recorder() { return recorder_; }

 private:
  void CollectLedgers(const std::vector<LedgerFile>& files);
  void AddWarnings(const TargetWatch& target);
  void NoteInterval(const TargetWatch& target);

  RunWatchSettings settings_;
  Recorder& recorder_;
  std::vector<LedgerDirectory> ledgers_;
  Cadence cadence_;
  double run_started_s_;
  ProcessTree tree_;
  std::set<pid_t> roots_;
  double next_snapshot_s_ = 0;
  double next_discovery_s_ = 0;
  std::vector<model::Event> events_;
  std::optional<LoadFeed> load_;
  std::vector<model::LoadWindow> last_load_;  // of one that has finished
  model::Tick last_tick_;
  uint64_t generation_;  // of the database, as told last
  size_t unseen_ = 0;    // processes too short-lived for a tick
  bool are_blind_spots_told_ = false;
};

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
// The agent's loop: one thread, woken by a timer or a signal. Measures the processes of a run,
// writes a tick, shows progress, and ends the run in order.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/watch/early_stop.h"
#include "agent/watch/progress.h"
#include "agent/watch/run_watch.h"

namespace seep::agent {

// Signals that the loop takes itself, and SIGPIPE. Blocked from before the target starts; the
// target gets the mask as it was.
class SignalMask {
 public:
  SignalMask();
  const sigset_t& original() const { return original_; }
  const sigset_t& handled() const { return handled_; }

 private:
  sigset_t handled_;
  sigset_t original_;
};

struct WatchSettings {
  RunWatchSettings run;  // a root that is our child is stopped and reaped with the run
  double grace_s = 10;   // between SIGTERM and SIGKILL of our child
  bool is_quiet = false;
  std::optional<double> heartbeat_s = {};  // a line of progress so often, quiet or not
  std::vector<std::string> warnings = {};  // known at the start, for the report
  EarlyStop* early_stop = nullptr;         // ends the run before its time; outlives the watch
  std::function<void()> before_tick = {};  // work that the run needs done in time; may be empty
};

class Watcher {
 public:
  // t = 0 of the run is `run_started_s` on CLOCK_MONOTONIC. `ledgers` is absent when the target
  // has no probe.
  Watcher(WatchSettings settings, const SignalMask& mask, Recorder& recorder,
          std::vector<LedgerDirectory> ledgers, double run_started_s);

  // Watches `root` until it has ended, the duration is over, growth is confirmed early, or a signal
  // asks to stop. Errors are of the machine (no timer, no pid); a database that fails is the
  // recorder's.
  model::Status Run(pid_t root);

  double elapsed_s() const { return run_.elapsed_s(); }
  // What load and latency it is under, from before Run on.
  void SetLoad(LoadFeed load) { run_.SetLoad(std::move(load)); }
  // Of the processes under watch that still run.
  std::vector<pid_t> LivingPids() const;
  // Of our child: as a shell reports it; 0 when it died of being told to end, by us or Ctrl-C.
  std::optional<int> target_exit() const { return target_exit_; }

 private:
  enum class Wish { kGoOn, kStop };
  Wish HandleSignals(int signal_fd);
  void Reap();
  bool HasRunOut();
  void Tick(bool is_final);
  void Sleep(double seconds, int timer_fd, int signal_fd);
  void StopTargets();

  WatchSettings settings_;
  const SignalMask& mask_;
  RunWatch run_;
  Progress progress_;
  pid_t root_ = 0;
  std::optional<int> target_exit_;
  bool is_stopping_ = false;      // the target is asked to end
  bool has_told_target_ = false;  // the terminal's Ctrl-C reached it as well
  analysis::StreamState stream_state_ = analysis::StreamState::kCollecting;
  bool is_background_ = false;  // the root has ended, its children live on
};

}  // namespace seep::agent

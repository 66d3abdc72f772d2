// SPDX-License-Identifier: Apache-2.0
// The agent's loop over many services: one thread, woken by a timer, a signal, a new ledger or a
// finished report.
#pragma once

#include <memory>
#include <string>

#include "agent/daemon/agent_state.h"
#include "agent/daemon/config.h"
#include "agent/daemon/heap_profiles.h"
#include "agent/daemon/ledger_inbox.h"
#include "agent/daemon/service_set.h"
#include "agent/daemon/target_rules.h"
#include "agent/daemon/verdict_watch.h"
#include "agent/serve/server.h"
#include "agent/serve/snapshot_board.h"
#include "agent/watch/tick_store.h"
#include "agent/watch/watcher.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

class Daemon {
 public:
  // `config_path` is read again on SIGHUP; empty: there is none.
  Daemon(DaemonConfig config, std::string config_path, sqlite::Database& database,
         const SignalMask& mask);

  // Until SIGTERM or SIGINT. Errors: it cannot listen, or are of the machine.
  model::Status Run();

 private:
  enum class Wish { kGoOn, kReload, kStop };
  Wish HandleSignals(int signal_fd);
  bool HasDescriptors();
  model::Status Listen();
  void Publish(double now_s);
  void Reload();
  void Discover(double now_s);
  void Forget();
  void Retain(double now_s);
  double NextWake(double now_s) const;
  ServicePlan PlanOf(std::string name, std::string key) const;
  ServicePlan PlanOf(const TargetRule& rule) const;

  DaemonConfig config_;
  std::string config_path_;
  sqlite::Database& database_;
  const SignalMask& mask_;
  TargetRules rules_;
  LedgerInbox inbox_;
  VerdictWatch verdicts_;
  TickStore store_;
  LoadCollector load_;  // before the services, which ask it
  ServiceSet services_;
  WallClock clock_;
  double started_s_;  // CLOCK_MONOTONIC
  double next_discovery_s_ = 0;
  double next_publication_s_ = 0;
  double next_retention_s_ = 0;
  bool has_said_retention_ = false;
  uint64_t ticks_ = 0;
  bool lacks_descriptors_ = false;
  double last_discovery_s_ = 0;
  serve::SnapshotBoard board_;
  HeapProfiles heap_profiles_;
  std::unique_ptr<serve::Server> server_;  // reads the board, asks for profiles
};

}  // namespace seep::agent

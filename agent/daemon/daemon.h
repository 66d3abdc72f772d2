// SPDX-License-Identifier: Apache-2.0
// The agent's loop over many services: one thread, woken by a timer, a signal, a new ledger or a
// finished report.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/daemon/config.h"
#include "agent/daemon/ledger_inbox.h"
#include "agent/daemon/service.h"
#include "agent/daemon/target_rules.h"
#include "agent/daemon/verdict_watch.h"
#include "agent/watch/watcher.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

class Daemon {
 public:
  // `config_path` is read again on SIGHUP; empty: there is none.
  Daemon(DaemonConfig config, std::string config_path, sqlite::Database& database,
         const SignalMask& mask);

  // Until SIGTERM or SIGINT. Errors are of the machine.
  model::Status Run();

 private:
  enum class Wish { kGoOn, kReload, kStop };
  Wish HandleSignals(int signal_fd);
  void Reload();
  void Discover(double now_s);
  void AddProcess(const ServicePlan& plan, const proc::ProcessIdentity& process);
  void AddLedger(const FoundLedger& found);
  void TickServices(double now_s);
  void CloseIdle(double now_s);
  double NextWake(double now_s) const;
  Service* FindOrOpen(const ServicePlan& plan, pid_t first);
  Service* FindService(pid_t pid);
  ServicePlan PlanOf(std::string name, uint64_t limit_bytes) const;

  DaemonConfig config_;
  std::string config_path_;
  sqlite::Database& database_;
  const SignalMask& mask_;
  TargetRules rules_;
  LedgerInbox inbox_;
  VerdictWatch verdicts_;
  std::map<std::string, std::unique_ptr<Service>> services_;  // by name
  double next_discovery_s_ = 0;
  size_t refused_ = 0;  // processes beyond the most that are watched
};

}  // namespace seep::agent

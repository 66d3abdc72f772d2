// SPDX-License-Identifier: Apache-2.0
// The services that are watched: which process belongs to which, and how many there may be.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "agent/daemon/ledger_inbox.h"
#include "agent/daemon/service.h"

namespace seep::agent {

using Services = std::map<std::string, std::unique_ptr<Service>>;  // by name

class ServiceSet {
 public:
  ServiceSet(sqlite::Database& database, TickStore& store, LoadCollector& load);

  const Services& all() const { return services_; }

  // Watches a process as one of the service that `plan` is of, unless it is watched already.
  void AddProcess(const ServicePlan& plan, const proc::ProcessIdentity& process);
  // The process of a ledger, or what it left: as one of the service that it is by its program, with
  // the times of `plan`.
  void AddLedger(const FoundLedger& found, const ServicePlan& plan);

  // Those that are due. The number of ticks.
  size_t Tick(double now_s);
  double NextTick(double latest_s) const;
  // Ends the runs of services that are gone for `idle_s`, or whose run is long enough. True: there
  // were some; one that lives is new at the next look, for its processes are nobody's then.
  bool CloseDone(double now_s, double idle_s);
  // The agent ends; runs go on with the next.
  void CloseAll();

  // A run could not be begun since the last call: what was found is to be told again.
  bool TakeMustAskAgain();
  uint64_t refused() const { return refused_.size(); }

 private:
  // Null: refused, or not now; or `is_of_another`: the name is another service's.
  Service* FindOrOpen(const ServicePlan& plan, pid_t first, bool* is_of_another);
  Service* Find(pid_t pid);
  Service* FindAncestor(pid_t pid);
  Service* Find(const FoundLedger& found);
  Service* OpenFor(const FoundLedger& found, ServicePlan plan);
  bool IsTooManyOf(const FoundLedger& found);

  sqlite::Database& database_;
  TickStore& store_;
  LoadCollector& load_;
  Services services_;
  bool must_ask_again_ = false;
  std::string last_refusal_;       // said once
  std::set<std::string> refused_;  // names; said once each
  // Services of ledgers in directories of users, by the user; those refused are said once.
  std::map<uid_t, std::set<std::string>> of_user_;
  std::set<uid_t> refused_users_;
  std::string own_groups_;
};

}  // namespace seep::agent

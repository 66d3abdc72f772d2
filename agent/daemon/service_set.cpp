// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service_set.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "agent/console.h"
#include "agent/daemon/descriptors_left.h"
#include "agent/daemon/left_ledgers.h"
#include "agent/daemon/service_name.h"

namespace seep::agent {
namespace {

constexpr size_t kMostServices = 200;
// Of one user, by ledgers in a directory of his own: services that live, and ended ones.
constexpr size_t kMostOfUser = 100;
constexpr size_t kMostEndedOfUser = 8;

std::string UserName(uid_t uid) {
  const passwd* entry = getpwuid(uid);
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

}  // namespace

ServiceSet::ServiceSet(sqlite::Database& database, TickStore& store, LoadCollector& load)
    : database_(database), store_(store), load_(load), own_groups_(ReadFacts(getpid()).groups) {}

Service* ServiceSet::Find(pid_t pid) {
  for (const auto& [name, service] : services_) {
    if (service->Has(pid)) return service.get();
  }
  return nullptr;
}

Service* ServiceSet::FindOrOpen(const ServicePlan& plan, pid_t first, bool* is_of_another) {
  if (const auto found = services_.find(plan.name); found != services_.end()) {
    *is_of_another = found->second->key() != plan.key;
    return *is_of_another ? nullptr : found->second.get();
  }
  if (services_.size() >= kMostServices) {
    if (refused_.insert(plan.name).second) {
      Say(fmt::format("{} is not watched: {} services are the most", plan.name, kMostServices),
          Severity::kWarning, {{"service", plan.name}});
    }
    return nullptr;
  }
  if (must_ask_again_) return nullptr;  // each attempt may wait for the database
  auto service = FreeDescriptors() >= kSpareDescriptors
                     ? Service::Open(plan, first, database_, store_, load_)
                     : std::unexpected(TooFewDescriptors());
  if (!service) {
    store_.Mend(service.error());
    if (last_refusal_ != service.error().message) {
      last_refusal_ = service.error().message;
      Say(fmt::format("{} is not watched yet: {}", plan.name, last_refusal_), Severity::kError,
          {{"service", plan.name}});
    }
    must_ask_again_ = true;
    return nullptr;
  }
  last_refusal_.clear();
  *is_of_another = *service == nullptr;
  if (*is_of_another) return nullptr;
  Say(fmt::format("{} is watched", plan.name), Severity::kInfo, {{"service", plan.name}});
  return services_.emplace(plan.name, std::move(*service)).first->second.get();
}

void ServiceSet::AddProcess(const ServicePlan& plan, const proc::ProcessIdentity& process) {
  if (Find(process.pid) != nullptr) return;
  bool is_of_another = false;
  if (Service* service = FindOrOpen(plan, process.pid, &is_of_another)) service->Add(process);
  // A rule's name is the operator's: what was found under it before has to leave it.
  if (is_of_another && refused_.insert(plan.name).second) {
    Say(
        fmt::format("{} is not watched: a service that was found by its ledger has that name; "
                    "call the [[target]] otherwise",
                    plan.name));
  }
}

// The service whose process it is or was.
// A child that its service has not noticed yet belongs there, too.
Service* ServiceSet::FindAncestor(pid_t pid) {
  constexpr int kMostGenerations = 8;
  for (int i = 0; i < kMostGenerations; ++i) {
    const auto process = proc::ReadIdentity(pid);
    if (!process || process->parent_pid <= 1) return nullptr;
    if (Service* service = Find(process->parent_pid)) return service;
    pid = process->parent_pid;
  }
  return nullptr;
}

Service* ServiceSet::Find(const FoundLedger& found) {
  if (found.pid) {
    Service* service = Find(*found.pid);
    return service != nullptr ? service : FindAncestor(*found.pid);
  }
  if (found.file.believed_of) return nullptr;  // a user's word of it
  for (const auto& [name, service] : services_) {
    if (service->HasRun(found.exe)) return service.get();
  }
  return nullptr;
}

// Users may leave there what they like: a few of them must not take all places.
bool ServiceSet::IsTooManyOf(const FoundLedger& found) {
  if (!found.file.believed_of) return false;
  const uid_t user = *found.file.believed_of;
  std::erase_if(of_user_[user], [this](const auto& name) { return !services_.contains(name); });
  if (of_user_[user].size() < (found.pid ? kMostOfUser : kMostEndedOfUser)) return false;
  if (refused_users_.insert(user).second) {
    Say(
        fmt::format("ledgers in {} are not watched: of user {} {} services, or {} that have ended, "
                    "are the most",
                    found.directory.path(), UserName(user), kMostOfUser, kMostEndedOfUser));
  }
  return true;
}

Service* ServiceSet::OpenFor(const FoundLedger& found, ServicePlan plan) {
  ProcessFacts facts;
  if (found.pid) facts = ReadFacts(*found.pid);
  if (facts.exe.empty()) facts.exe = found.exe;  // it has ended, or ends just now
  ServiceName name = NameService(facts, own_groups_);
  if (!found.pid && found.file.believed_of) {
    name.name += " (user " + UserName(*found.file.believed_of) + ")";
    name.key += " of user " + std::to_string(*found.file.believed_of);
  }
  // The same file elsewhere is another program.
  for (const std::string& choice : {name.name, name.name + " (" + name.place + ")"}) {
    const bool is_new = !services_.contains(choice);
    if (is_new && IsTooManyOf(found)) return nullptr;
    bool is_of_another = false;
    plan.name = choice;
    plan.key = name.key;
    Service* service = FindOrOpen(plan, found.pid.value_or(0), &is_of_another);
    if (service != nullptr && is_new && found.file.believed_of) {
      of_user_[*found.file.believed_of].insert(choice);
    }
    if (!is_of_another) return service;
  }
  return nullptr;
}

void ServiceSet::AddLedger(const FoundLedger& found, const ServicePlan& plan) {
  if (found.run_token != 0) {
    const auto is_added = AddToItsRun(found, database_, store_);
    if (!is_added) must_ask_again_ = true;
    if (!is_added || *is_added) return;
  }
  Service* service = Find(found);
  if (service == nullptr) service = OpenFor(found, plan);
  if (service == nullptr) return;
  service->AddLedgers(found.directory);
  if (!found.pid) {
    service->AddEnded(found.file, found.exe);
  } else if (const auto process = proc::ReadIdentity(*found.pid)) {
    service->Add(*process);
  }
}

size_t ServiceSet::Tick(double now_s) {
  size_t ticks = 0;
  for (const auto& [name, service] : services_) {
    if (service->next_tick_s() > now_s) continue;
    service->Tick(now_s);
    ++ticks;
  }
  return ticks;
}

double ServiceSet::NextTick(double latest_s) const {
  for (const auto& [name, service] : services_) {
    latest_s = std::min(latest_s, service->next_tick_s());
  }
  return latest_s;
}

bool ServiceSet::CloseDone(double now_s, double idle_s) {
  return std::erase_if(services_, [now_s, idle_s](const auto& entry) {
           Service& service = *entry.second;
           const auto idle_since_s = service.idle_since_s();
           const bool is_gone = idle_since_s && now_s - *idle_since_s > idle_s;
           if (!is_gone && !service.is_full_length()) return false;
           service.Close(/*is_finished=*/true);
           Say(fmt::format("{}: its run is complete{}", entry.first,
                           is_gone ? ", no process of it is left" : ""),
               Severity::kInfo, {{"service", entry.first}});
           return true;
         }) != 0;
}

void ServiceSet::CloseAll() {
  for (const auto& [name, service] : services_) service->Close(/*is_finished=*/false);
}

bool ServiceSet::TakeMustAskAgain() {
  return std::exchange(must_ask_again_, false);
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/daemon.h"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

#include "agent/console.h"
#include "agent/watch/clock.h"
#include "storage/model/descriptor.h"

namespace seep::agent {
namespace {

// Looking for processes reads a few files a new one: not at every tick.
constexpr double kDiscoverySeconds = 2;
constexpr double kMostServices = 200;
constexpr char kSelf[] = "seep-agent";

}  // namespace

Daemon::Daemon(DaemonConfig config, std::string config_path, sqlite::Database& database,
               const SignalMask& mask)
    : config_(std::move(config)),
      config_path_(std::move(config_path)),
      database_(database),
      mask_(mask),
      rules_(config_.targets),
      inbox_(config_.ledger_directories),
      verdicts_(database.path(), config_.judge_s) {}

model::Status Daemon::Run() {
  const model::Descriptor signals(signalfd(-1, &mask_.handled(), SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.is_open() || inbox_.descriptor() < 0) return model::FailErrno("watching");
  // It holds itself to what it asks of others.
  if (const auto self = proc::ReadIdentity(getpid())) AddProcess(PlanOf(kSelf, 0), *self);
  sd_notify(0, "READY=1");
  while (true) {
    sd_notify(0, "WATCHDOG=1");
    const Wish wish = HandleSignals(signals.get());
    if (wish == Wish::kStop) break;
    if (wish == Wish::kReload) Reload();
    const double now_s = MonotonicSeconds();
    Discover(now_s);
    TickServices(now_s);
    CloseIdle(now_s);
    std::vector<model::RunId> runs;
    for (const auto& [name, service] : services_) runs.push_back(service->run_id());
    verdicts_.Update(now_s, runs);

    const double wait_s = std::clamp(NextWake(now_s) - MonotonicSeconds(), 0.0, 1.0);
    std::array<pollfd, 3> wakers{pollfd{signals.get(), POLLIN, 0},
                                 pollfd{inbox_.descriptor(), POLLIN, 0},
                                 pollfd{verdicts_.descriptor(), POLLIN, 0}};
    poll(wakers.data(), wakers.size(), static_cast<int>(wait_s * 1000) + 1);
    if ((wakers[1].revents & POLLIN) != 0) next_discovery_s_ = 0;
  }
  sd_notify(0, "STOPPING=1");
  for (const auto& [name, service] : services_) service->Close(/*is_finished=*/false);
  return {};
}

Daemon::Wish Daemon::HandleSignals(int signal_fd) {
  signalfd_siginfo signal{};
  Wish wish = Wish::kGoOn;
  while (read(signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
    if (signal.ssi_signo == SIGINT || signal.ssi_signo == SIGTERM) return Wish::kStop;
    if (signal.ssi_signo == SIGHUP) wish = Wish::kReload;
  }
  return wish;
}

// What a new configuration says of services holds from now on; the database and the address are
// those of the start.
void Daemon::Reload() {
  if (config_path_.empty()) return;
  auto config = ReadConfig(config_path_);
  if (!config) {
    Say(config.error().message + "; going on as before");
    return;
  }
  if (config->database != config_.database || config->listen != config_.listen) {
    Say(config_path_ + ": database and listen change with a restart only");
  }
  config_ = std::move(*config);
  rules_ = TargetRules(config_.targets);
  Say(fmt::format("{}: read again, {} targets", config_path_, config_.targets.size()));
}

ServicePlan Daemon::PlanOf(std::string name, uint64_t limit_bytes) const {
  return {std::move(name), config_.tick_s, config_.snapshot_s, config_.run_length_s, limit_bytes};
}

Service* Daemon::FindService(pid_t pid) {
  for (const auto& [name, service] : services_) {
    if (service->Has(pid)) return service.get();
  }
  return nullptr;
}

Service* Daemon::FindOrOpen(const ServicePlan& plan, pid_t first) {
  if (const auto found = services_.find(plan.name); found != services_.end()) {
    return found->second.get();
  }
  if (static_cast<double>(services_.size()) >= kMostServices) {
    if (refused_++ == 0) {
      Say(fmt::format("{} is not watched: {} services are the most; see --help", plan.name,
                      kMostServices));
    }
    return nullptr;
  }
  auto service = Service::Open(plan, first, database_);
  if (!service) {
    Say(fmt::format("{}: {}", plan.name, service.error().message));
    return nullptr;
  }
  return services_.emplace(plan.name, std::move(*service)).first->second.get();
}

void Daemon::AddProcess(const ServicePlan& plan, const proc::ProcessIdentity& process) {
  if (FindService(process.pid) != nullptr) return;
  if (Service* service = FindOrOpen(plan, process.pid)) service->Add(process);
}

void Daemon::AddLedger(const FoundLedger& found) {
  Service* service = found.pid ? FindService(*found.pid) : nullptr;
  if (service == nullptr) {
    const std::string name = std::filesystem::path(found.exe).filename().string();
    service = FindOrOpen(PlanOf(name.empty() ? "unknown" : name, 0), found.pid.value_or(0));
  }
  if (service == nullptr) return;
  service->SetLedgers(found.directory);
  if (!found.pid) {
    service->AddEnded(found.file);
  } else if (const auto process = proc::ReadIdentity(*found.pid)) {
    service->Add(*process);
  }
}

void Daemon::Discover(double now_s) {
  if (now_s < next_discovery_s_) return;
  next_discovery_s_ = now_s + kDiscoverySeconds;
  for (const TargetRules::Match& match : rules_.FindNew()) {
    AddProcess(PlanOf(match.rule->name, match.rule->limit_bytes), match.process);
  }
  if (!config_.finds_ledgers) return;
  for (const FoundLedger& found : inbox_.FindNew()) AddLedger(found);
}

void Daemon::TickServices(double now_s) {
  for (const auto& [name, service] : services_) {
    if (service->next_tick_s() <= now_s) service->Tick(now_s);
  }
}

// A service that is gone, or whose run is long enough: the run is complete. One that lives gets
// another with its next look, for its processes are nobody's then.
void Daemon::CloseIdle(double now_s) {
  for (auto at = services_.begin(); at != services_.end();) {
    const auto idle_since_s = at->second->idle_since_s();
    const bool is_gone = idle_since_s && now_s - *idle_since_s > config_.idle_s;
    if (!is_gone && !at->second->is_full_length()) {
      ++at;
      continue;
    }
    at->second->Close(/*is_finished=*/true);
    at = services_.erase(at);
    rules_.Forget();
    inbox_.Forget();
  }
}

double Daemon::NextWake(double now_s) const {
  double next_s = std::max(next_discovery_s_, now_s);
  for (const auto& [name, service] : services_) next_s = std::min(next_s, service->next_tick_s());
  return next_s;
}

}  // namespace seep::agent

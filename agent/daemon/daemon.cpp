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
#include "probes/proc/files.h"
#include "storage/model/descriptor.h"

namespace seep::agent {
namespace {

// Looking for processes reads a few files a new one: not at every tick.
constexpr double kDiscoverySeconds = 2;
constexpr size_t kMostServices = 200;
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
      verdicts_(database.path(), config_.judge_s),
      store_(database, TickStoreSettingsFor(database.path())),
      started_at_s_(static_cast<double>(NowNanoseconds(CLOCK_REALTIME)) / 1e9) {}

model::Status Daemon::Listen() {
  if (config_.listen.empty()) return {};
  serve::ServerSettings settings;
  const size_t colon = config_.listen.rfind(':');
  settings.address = config_.listen.substr(0, colon);
  if (colon != std::string::npos) {
    const auto port = proc::ParseNumber(std::string_view(config_.listen).substr(colon + 1));
    if (!port || *port > 65535) {
      return model::Fail(model::Errc::kInvalidArgument,
                         "listen = \"" + config_.listen + "\" is not ADDRESS:PORT");
    }
    settings.port = static_cast<int>(*port);
  }
  if (!config_.token_file.empty()) {
    const auto text = proc::ReadFile(config_.token_file);
    if (!text) return std::unexpected(text.error());
    settings.policy.token = text->substr(0, text->find_first_of("\r\n"));
  }
  auto server = serve::Server::Start(std::move(settings), board_);
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  Say(fmt::format("metrics and health at port {}", server_->port()));
  return {};
}

void Daemon::Publish(double now_s) {
  constexpr double kPublicationSeconds = 1;
  if (server_ == nullptr || now_s < next_publication_s_) return;
  next_publication_s_ = now_s + std::min(kPublicationSeconds, config_.tick_s);
  board_.Publish(
      SnapshotOf({services_, verdicts_, store_, load_, started_at_s_, ticks_, refused_.size()}));
}

model::Status Daemon::Run() {
  const model::Descriptor signals(signalfd(-1, &mask_.handled(), SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.is_open() || inbox_.descriptor() < 0) return model::FailErrno("watching");
  if (auto listening = Listen(); !listening) return listening;
  // It holds itself to what it asks of others.
  if (const auto self = proc::ReadIdentity(getpid())) AddProcess(PlanOf(kSelf), *self);
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
    Retain(now_s);
    std::vector<model::RunId> runs;
    for (const auto& [name, service] : services_) runs.push_back(service->run_id());
    verdicts_.Update(now_s, runs);
    Publish(now_s);

    const double wait_s = std::clamp(NextWake(now_s) - MonotonicSeconds(), 0.0, 1.0);
    std::array<pollfd, 3> wakers{pollfd{signals.get(), POLLIN, 0},
                                 pollfd{inbox_.descriptor(), POLLIN, 0},
                                 pollfd{verdicts_.descriptor(), POLLIN, 0}};
    poll(wakers.data(), wakers.size(), static_cast<int>(wait_s * 1000) + 1);
    if ((wakers[1].revents & POLLIN) != 0) next_discovery_s_ = 0;
  }
  sd_notify(0, "STOPPING=1");
  for (const auto& [name, service] : services_) service->Close(/*is_finished=*/false);
  store_.Flush();
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
    Say(config.error().message + "; going on as before", Severity::kError);
    return;
  }
  if (config->database != config_.database || config->listen != config_.listen) {
    Say(config_path_ + ": database and listen change with a restart only", Severity::kWarning);
  }
  config_ = std::move(*config);
  rules_ = TargetRules(config_.targets);
  for (const auto& [name, service] : services_) {
    const auto rule = std::ranges::find(config_.targets, name, &TargetRule::name);
    service->SetLoad(rule == config_.targets.end() ? std::vector<endpoint::LoadSource>()
                                                   : rule->load);
  }
  Say(fmt::format("{}: read again, {} targets", config_path_, config_.targets.size()));
}

ServicePlan Daemon::PlanOf(std::string name) const {
  return {.name = std::move(name),
          .tick_s = config_.tick_s,
          .snapshot_s = config_.snapshot_s,
          .run_length_s = config_.run_length_s};
}

ServicePlan Daemon::PlanOf(const TargetRule& rule) const {
  ServicePlan plan = PlanOf(rule.name);
  plan.limit_bytes = rule.limit_bytes;
  plan.load = rule.load;
  return plan;
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
  if (services_.size() >= kMostServices) {
    if (refused_.insert(plan.name).second) {
      Say(fmt::format("{} is not watched: {} services are the most", plan.name, kMostServices),
          Severity::kWarning, {{"service", plan.name}});
    }
    return nullptr;
  }
  if (must_ask_again_) return nullptr;  // each attempt may wait for the database
  auto service = Service::Open(plan, first, database_, store_, load_);
  if (!service) {
    if (last_refusal_ != service.error().message) {
      last_refusal_ = service.error().message;
      Say(fmt::format("{} is not watched yet: {}", plan.name, last_refusal_), Severity::kError,
          {{"service", plan.name}});
    }
    must_ask_again_ = true;
    return nullptr;
  }
  last_refusal_.clear();
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
    service = FindOrOpen(PlanOf(name.empty() ? "unknown" : name), found.pid.value_or(0));
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
    AddProcess(PlanOf(*match.rule), match.process);
  }
  if (config_.finds_ledgers) {
    for (const FoundLedger& found : inbox_.FindNew()) AddLedger(found);
  }
  if (!must_ask_again_) return;
  // What could not be begun is new at the next look.
  must_ask_again_ = false;
  rules_.Forget();
  inbox_.Forget();
}

void Daemon::TickServices(double now_s) {
  for (const auto& [name, service] : services_) {
    if (service->next_tick_s() > now_s) continue;
    service->Tick(now_s);
    ++ticks_;
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

// A portion between ticks; what is left over comes with the next turn of the loop.
void Daemon::Retain(double now_s) {
  constexpr double kRetentionSeconds = 60;
  if (now_s < next_retention_s_ || store_.is_away()) return;
  const auto retained =
      sqlite::Retain(database_, config_.retention, NowNanoseconds(CLOCK_REALTIME));
  if (!retained || retained->is_done) next_retention_s_ = now_s + kRetentionSeconds;
  const bool is_worth_words = !retained || retained->is_over_cap;
  if (is_worth_words && !has_said_retention_) {
    Say("retention: " + (retained ? database_.path() + " is beyond its size cap, and no run may go"
                                  : retained.error().message));
  }
  has_said_retention_ = is_worth_words;
  if (!retained) return;
  for (const std::string& name : retained->removed_runs) {
    Say("retention: run '" + name + "' is removed, the oldest beyond the size cap");
  }
}

double Daemon::NextWake(double now_s) const {
  double next_s = std::max(next_discovery_s_, now_s);
  for (const auto& [name, service] : services_) next_s = std::min(next_s, service->next_tick_s());
  return next_s;
}

}  // namespace seep::agent

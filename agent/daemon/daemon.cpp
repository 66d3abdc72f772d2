// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/daemon.h"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "agent/console.h"
#include "agent/daemon/descriptors_left.h"
#include "agent/watch/clock.h"
#include "probes/proc/files.h"
#include "storage/model/descriptor.h"

namespace seep::agent {
namespace {

// Looking for processes reads a few files a new one: not at every tick.
constexpr double kDiscoverySeconds = 2;
constexpr char kSelf[] = "seep-agent";
// Whoever makes files in a ledger directory can do so all day.
constexpr double kLeastDiscoverySeconds = 0.2;

}  // namespace

Daemon::Daemon(DaemonConfig config, std::string config_path, sqlite::Database& database,
               const SignalMask& mask)
    : config_(std::move(config)),
      config_path_(std::move(config_path)),
      database_(database),
      mask_(mask),
      rules_(config_.targets),
      inbox_(config_.ledger_directories),
      verdicts_(database.path(), config_.judge_s, config_.symbol_server),
      store_(database, TickStoreSettingsFor(database.path())),
      services_(database, store_, load_),
      started_s_(MonotonicSeconds()),
      heap_profiles_(database.path()) {}

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
  settings.policy.heap_profiler = [this](const serve::HeapRequest& request, std::stop_token stop) {
    return heap_profiles_.Make(request, std::move(stop));
  };
  auto server = serve::Server::Start(std::move(settings), board_);
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  Say(fmt::format("metrics and health at port {}", server_->port()));
  return {};
}

void Daemon::Publish(double now_s) {
  constexpr double kPublicationSeconds = 1;
  if (now_s < next_publication_s_) return;
  next_publication_s_ = now_s + std::min(kPublicationSeconds, config_.tick_s);
  // It was closed for want of descriptors.
  if (server_ == nullptr && FreeDescriptors() >= kSpareDescriptors) {
    [[maybe_unused]] const auto asked_again_soon = Listen();
  }
  if (server_ == nullptr) return;
  clock_.Look();
  board_.Publish(SnapshotOf({services_.all(), verdicts_, store_, load_, clock_, started_s_, ticks_,
                             services_.refused()}));
}

model::Status Daemon::Run() {
  const model::Descriptor signals(signalfd(-1, &mask_.handled(), SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.is_open() || inbox_.descriptor() < 0) return model::FailErrno("watching");
  if (auto listening = Listen(); !listening) return listening;
  // It holds itself to what it asks of others.
  if (const auto self = proc::ReadIdentity(getpid())) {
    ServicePlan plan = PlanOf(kSelf, "rule seep-agent");
    plan.follows_children = false;  // a report for each verdict, thousands a day
    services_.AddProcess(plan, *self);
  }
  if (!database_.notice().empty()) store_.AddNote(store_.now_s(), database_.notice());
  sd_notify(0, "READY=1");
  while (true) {
    sd_notify(0, "WATCHDOG=1");
    const Wish wish = HandleSignals(signals.get());
    if (wish == Wish::kStop) break;
    if (wish == Wish::kReload) Reload();
    const double now_s = MonotonicSeconds();
    if (HasDescriptors()) {
      Discover(now_s);
      ticks_ += services_.Tick(now_s);
    }
    if (services_.CloseDone(now_s, config_.idle_s)) Forget();
    Retain(now_s);
    std::map<model::RunId, std::string> runs;
    for (const auto& [name, service] : services_.all()) runs[service->run_id()] = name;
    verdicts_.Update(now_s, runs);
    for (const resilience::Transition& transition : verdicts_.TakeTransitions()) {
      store_.AddNote(transition.at_s, Describe("symbol server", transition));
    }
    Publish(now_s);

    const double wait_s = std::clamp(NextWake(now_s) - MonotonicSeconds(), 0.0, 1.0);
    std::array<pollfd, 3> wakers{pollfd{signals.get(), POLLIN, 0},
                                 pollfd{inbox_.descriptor(), POLLIN, 0},
                                 pollfd{verdicts_.descriptor(), POLLIN, 0}};
    poll(wakers.data(), wakers.size(), static_cast<int>(wait_s * 1000) + 1);
    if ((wakers[1].revents & POLLIN) != 0) {
      next_discovery_s_ = std::min(next_discovery_s_, last_discovery_s_ + kLeastDiscoverySeconds);
    }
  }
  sd_notify(0, "STOPPING=1");
  services_.CloseAll();
  store_.Flush();
  return {};
}

// Without any no process can be told from one that has ended.
bool Daemon::HasDescriptors() {
  const bool has_some = FreeDescriptors() >= kLeastDescriptors;
  if (!has_some && !lacks_descriptors_) {
    Say("nothing is measured: " + TooFewDescriptors().message, Severity::kError);
    server_.reset();  // a client that cannot be accepted would keep it busy
  }
  if (has_some && lacks_descriptors_) Say("measuring again", Severity::kNotice);
  lacks_descriptors_ = !has_some;
  return has_some;
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
  for (const auto& [name, service] : services_.all()) {
    const auto rule = std::ranges::find(config_.targets, name, &TargetRule::name);
    service->SetLoad(rule == config_.targets.end() ? std::vector<endpoint::LoadSource>()
                                                   : rule->load);
  }
  Say(fmt::format("{}: read again, {} targets", config_path_, config_.targets.size()));
}

ServicePlan Daemon::PlanOf(std::string name, std::string key) const {
  return {.name = std::move(name),
          .key = std::move(key),
          .tick_s = config_.tick_s,
          .snapshot_s = config_.snapshot_s,
          .run_length_s = config_.run_length_s};
}

ServicePlan Daemon::PlanOf(const TargetRule& rule) const {
  ServicePlan plan = PlanOf(rule.name, "rule " + rule.name);
  plan.limit_bytes = rule.limit_bytes;
  plan.load = rule.load;
  return plan;
}

void Daemon::Discover(double now_s) {
  if (now_s < next_discovery_s_) return;
  last_discovery_s_ = now_s;
  next_discovery_s_ = now_s + kDiscoverySeconds;
  for (const TargetRules::Match& match : rules_.FindNew()) {
    services_.AddProcess(PlanOf(*match.rule), match.process);
  }
  if (config_.finds_ledgers) {
    for (const FoundLedger& found : inbox_.FindNew()) {
      services_.AddLedger(found, PlanOf({}, {}));
    }
    if (inbox_.is_behind()) next_discovery_s_ = now_s + kLeastDiscoverySeconds;
  }
  if (services_.TakeMustAskAgain()) Forget();
}

// What was found is new at the next look.
void Daemon::Forget() {
  rules_.Forget();
  inbox_.Forget();
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
  if (!retained) {
    store_.Mend(retained.error());
    return;
  }
  for (const std::string& name : retained->removed_runs) {
    Say("retention: run '" + name + "' is removed, the oldest beyond the size cap");
  }
}

double Daemon::NextWake(double now_s) const {
  if (lacks_descriptors_) return now_s + config_.tick_s;
  return services_.NextTick(std::max(next_discovery_s_, now_s));
}

}  // namespace seep::agent

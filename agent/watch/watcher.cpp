// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/watcher.h"

#include <fmt/format.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "agent/console.h"
#include "agent/watch/clock.h"
#include "probes/ledger/reader.h"
#include "probes/proc/own_pid.h"
#include "storage/model/descriptor.h"
#include "storage/model/units.h"

namespace seep::agent {
namespace {

// Looking for new processes reads a file a thread: not at every sub-second tick.
constexpr double kDiscoverySeconds = 1;

itimerspec After(double seconds) {
  itimerspec timer{};
  const double whole = std::floor(seconds);
  timer.it_value.tv_sec = static_cast<time_t>(whole);
  timer.it_value.tv_nsec = std::max(static_cast<long>((seconds - whole) * 1e9), 1L);
  return timer;
}

// 0-255 as a shell reports it.
int ShellStatus(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

// Living or not yet waited for.
bool HasChildren() {
  siginfo_t child{};
  return waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// A target that crashes on its way down has not just obeyed.
bool AsksToEnd(int signal) {
  return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGKILL;
}

std::string EarlyStopText(double elapsed_s, double planned_s) {
  return fmt::format("stopped early at {} of {}: growth is confirmed",
                     model::FormatDuration(elapsed_s), model::FormatDuration(planned_s));
}

}  // namespace

SignalMask::SignalMask() {
  sigemptyset(&handled_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&handled_, signal);
  // Whoever reads our log may go: that is EPIPE for us, not the end of the run.
  sigset_t blocked = handled_;
  sigaddset(&blocked, SIGPIPE);
  sigprocmask(SIG_BLOCK, &blocked, &original_);
}

Watcher::Watcher(WatchSettings settings, const SignalMask& mask, Recorder& recorder,
                 std::optional<LedgerDirectory> ledgers, double run_started_s)
    : settings_(std::move(settings)),
      mask_(mask),
      recorder_(recorder),
      ledgers_(std::move(ledgers)),
      cadence_(settings_.cadence),
      run_started_s_(run_started_s),
      tree_(run_started_s),
      progress_(settings_.is_quiet) {}

double Watcher::elapsed_s() const {
  return MonotonicSeconds() - run_started_s_;
}

std::vector<pid_t> Watcher::LivingPids() const {
  std::vector<pid_t> pids;
  for (const auto& target : tree_.targets()) {
    if (!target->has_ended()) pids.push_back(target->pid());
  }
  return pids;
}

model::Status Watcher::Run(pid_t root) {
  root_ = root;
  const model::Descriptor timer(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const model::Descriptor signals(signalfd(-1, &mask_.handled(), SFD_CLOEXEC | SFD_NONBLOCK));
  if (!timer.is_open() || !signals.is_open()) {
    return model::FailErrno("watching: timer and signals");
  }

  const double begun_s = elapsed_s();
  if (auto added = tree_.Add(root, begun_s); !added) {
    // Our own child may end before the first look; then its exit status is the story.
    if (!settings_.is_child) return added;
  }
  const bool is_resumed = recorder_.run().duration_s > 0;
  AddEvent(is_resumed ? "resume" : "start", fmt::format("watching process {}", root));
  for (const std::string& warning : settings_.warnings) AddEvent("warning", warning);
  while (true) {
    const Wish wish = HandleSignals(signals.get());
    const auto& duration = settings_.cadence.duration_s;
    const bool is_over = duration && elapsed_s() - begun_s >= *duration;
    if (wish == Wish::kStop) AddEvent("stop", "asked to stop by a signal");
    if (is_over) AddEvent("stop", "the duration is over");
    const bool is_early = !is_over && stream_state_ == analysis::StreamState::kConfirmedEarly;
    if (is_early) AddEvent("early-stop", EarlyStopText(elapsed_s() - begun_s, *duration));
    if (wish == Wish::kStop || is_over || is_early || HasRunOut()) break;
    Tick(/*is_final=*/false);

    double sleep_s = cadence_.TickAfter(elapsed_s() - begun_s);
    if (duration) sleep_s = std::min(sleep_s, *duration - (elapsed_s() - begun_s));
    const itimerspec next = After(std::max(sleep_s, 0.001));
    timerfd_settime(timer.get(), 0, &next, nullptr);
    std::array<pollfd, 2> wakers{pollfd{timer.get(), POLLIN, 0}, pollfd{signals.get(), POLLIN, 0}};
    poll(wakers.data(), wakers.size(), -1);
  }
  Tick(/*is_final=*/true);
  StopTargets();
  // How the target ended is known only now.
  model::Tick last{.t_s = elapsed_s(), .targets = {}, .events = std::exchange(events_, {})};
  for (const auto& target : tree_.targets()) {
    last.targets.push_back({.target = target->target(), .measurements = {}, .heap = {}});
  }
  recorder_.Record(std::move(last));
  return {};
}

Watcher::Wish Watcher::HandleSignals(int signal_fd) {
  signalfd_siginfo signal{};
  Wish wish = Wish::kGoOn;
  while (read(signal_fd, &signal, sizeof(signal)) == sizeof(signal)) {
    if (signal.ssi_signo == SIGCHLD) continue;
    // Ctrl-C goes to the whole foreground group; a kill went to us alone.
    has_told_target_ = has_told_target_ || signal.ssi_code == SI_KERNEL;
    wish = Wish::kStop;
    is_stopping_ = true;  // before Reap: Ctrl-C may have ended the target already
  }
  Reap();
  return wish;
}

void Watcher::Reap() {
  int status = 0;
  pid_t pid;
  while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
    const int code = ShellStatus(status);
    if (TargetWatch* target = tree_.Find(pid)) {
      target->SetExit(code);
      target->MarkEnded();
    }
    if (pid != root_) continue;
    const bool is_as_asked = is_stopping_ && WIFSIGNALED(status) && AsksToEnd(WTERMSIG(status));
    target_exit_ = is_as_asked ? 0 : code;
    AddEvent("exit", WIFSIGNALED(status) ? fmt::format("target killed by signal {}", code - 128)
                                         : fmt::format("target exited with status {}", code));
  }
}

bool Watcher::HasRunOut() {
  if (!settings_.is_child) return tree_.living() == 0;
  if (!target_exit_) return false;
  tree_.Discover(elapsed_s(), getpid());
  // A target that put itself into the background ends with 0 and lives on in its children; one
  // that failed has ended, whatever it leaves behind.
  if (*target_exit_ != 0) return true;
  if (tree_.living() == 0) {
    // A parent that ended during the look hid the child that it left to us: look again.
    Reap();
    if (!HasChildren()) return true;
    tree_.Discover(elapsed_s(), getpid());
    if (tree_.living() == 0) return false;
  }
  if (!is_background_) {
    is_background_ = true;
    Say(
        fmt::format("the target went into the background; watching its {} processes until they "
                    "end or Ctrl-C",
                    tree_.living()));
  }
  return false;
}

void Watcher::Tick(bool is_final) {
  if (settings_.before_tick) settings_.before_tick();
  const double t_s = elapsed_s();
  if (t_s >= next_discovery_s_) {
    tree_.Discover(t_s, settings_.is_child ? getpid() : 0);
    next_discovery_s_ = t_s + kDiscoverySeconds;
  }
  const bool is_snapshot = is_final || t_s >= next_snapshot_s_;
  if (is_snapshot) next_snapshot_s_ = t_s + cadence_.SnapshotAfter(t_s);

  model::Tick tick{.t_s = t_s, .targets = {}, .events = {}};
  bool has_end = false;
  for (auto& target : tree_.targets()) {
    if (!ledgers_) target->SetNoProbe(settings_.no_probe);
    tick.targets.push_back(target->Measure(t_s, is_snapshot));
    has_end = has_end || target->has_ended();
  }
  // The ledger of a process that has just ended holds its last state.
  std::vector<LedgerFile> files;
  if (ledgers_ && (is_snapshot || has_end)) files = ledgers_->List();
  for (size_t i = 0; i < tick.targets.size(); ++i) {
    TargetWatch& target = *tree_.targets()[i];
    if (ledgers_ && (is_snapshot || target.has_ended())) {
      target.AddHeap(t_s, files, &tick.targets[i]);
      NoteInterval(target);
    }
    if (const auto notice = target.TakeNotice()) {
      AddEvent("detach", *notice);
      Say(*notice);
    }
    if (is_final || (target.has_ended() && target.pid() == root_)) AddWarnings(target);
  }
  if (ledgers_ && is_snapshot) {
    for (const std::string& line : tree_.LookForUnseen(t_s)) AddEvent("coverage", line);
  }
  if (is_final && unseen_ != 0) {
    AddEvent("warning", fmt::format("{} processes lived too briefly to be looked at", unseen_));
  }
  if (settings_.early_stop != nullptr) stream_state_ = settings_.early_stop->Update(t_s);
  progress_.Show(t_s, tree_, settings_.early_stop != nullptr ? ToString(stream_state_) : "");
  tick.events = std::exchange(events_, {});
  recorder_.Record(std::move(tick));
  if (ledgers_ && (is_snapshot || has_end)) CollectLedgers(files);
  if (!is_final) tree_.DropEnded();
}

// The probe knows T for certain: the target's environment may have set it.
void Watcher::NoteInterval(const TargetWatch& target) {
  const auto interval_bytes = target.interval_bytes();
  if (!interval_bytes || *interval_bytes == recorder_.run().interval_bytes) return;
  model::Run run = recorder_.run();
  run.interval_bytes = *interval_bytes;
  // Tried again at the next snapshot when the database is away.
  [[maybe_unused]] const auto updated = recorder_.UpdateRun(run);
}

void Watcher::CollectLedgers(const std::vector<LedgerFile>& files) {
  for (const auto& target : tree_.targets()) {
    for (const std::string& path : target->Spent(files)) unlink(path.c_str());
  }
  if (settings_.run_token == 0) return;
  // Of processes that came and went between two ticks; they must not fill the tmpfs.
  proc::LivingProcesses living;
  for (const LedgerFile& file : files) {
    const auto& targets = tree_.targets();
    const bool is_known = std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
      return target->IsWriterOf(file) && !target->has_ended();
    });
    if (is_known || living.Find(file.pid, file.start_ticks)) continue;
    // A reason has no token, and nobody asks for that of a process that has ended.
    if (!file.failure_reason.empty()) {
      unlink(file.path.c_str());
      continue;
    }
    const auto reader = ledger::Reader::Open(file.path);
    if (!reader || reader->identity().run_token != settings_.run_token) continue;
    if (unlink(file.path.c_str()) == 0) ++unseen_;
  }
}

void Watcher::AddEvent(const std::string& kind, const std::string& message) {
  events_.push_back({elapsed_s(), kind, message});
}

void Watcher::AddWarnings(const TargetWatch& target) {
  for (const std::string& warning : target.Warnings()) AddEvent("warning", warning);
}

void Watcher::StopTargets() {
  if (!settings_.is_child) return;
  is_stopping_ = true;
  const auto signal_all = [this](int signal) {
    for (const auto& target : tree_.targets()) {
      // The root passes it on to its own children as it sees fit; orphans have only us.
      const bool is_ours = target->pid() == root_ || is_background_;
      if (is_ours && !target->has_ended()) kill(target->pid(), signal);
    }
  };
  if (!has_told_target_) signal_all(SIGTERM);
  const double stop_s = elapsed_s();
  bool is_killed = false;
  while (!target_exit_ || (is_background_ && tree_.living() > 0)) {
    Reap();
    for (auto& target : tree_.targets()) target->Measure(elapsed_s(), /*is_snapshot=*/false);
    const double waited_s = elapsed_s() - stop_s;
    if (waited_s > settings_.grace_s && !is_killed) {
      Say(fmt::format("the target did not end within {:.0f} s of SIGTERM; killing it",
                      settings_.grace_s));
      signal_all(SIGKILL);
      is_killed = true;
    }
    if (waited_s > settings_.grace_s + 5) break;  // in the kernel's hands now
    usleep(20'000);
  }
  if (ledgers_) CollectLedgers(ledgers_->List());
}

}  // namespace seep::agent

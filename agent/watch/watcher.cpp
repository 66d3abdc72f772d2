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
#include "storage/model/descriptor.h"
#include "storage/model/units.h"

namespace seep::agent {
namespace {

// For the last answers of endpoints, at the end.
constexpr double kLoadPatience_s = 3;

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
                 std::vector<LedgerDirectory> ledgers, double run_started_s)
    : settings_(std::move(settings)),
      mask_(mask),
      run_(settings_.run, recorder, std::move(ledgers), run_started_s),
      progress_(settings_.is_quiet, settings_.heartbeat_s) {}

std::vector<pid_t> Watcher::LivingPids() const {
  std::vector<pid_t> pids;
  for (const auto& target : run_.tree().targets()) {
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

  const double begun_s = run_.elapsed_s();
  if (auto added = run_.Start(root); !added) {
    // Our own child may end before the first look; then its exit status is the story.
    if (!settings_.run.is_child) return added;
  }
  const auto& duration = settings_.run.cadence.duration_s;
  if (duration) progress_.SetEnd(begun_s + *duration);
  const bool is_resumed = run_.recorder().run().duration_s > 0;
  run_.AddEvent(is_resumed ? "resume" : "start", fmt::format("watching process {}", root));
  // By it the daemon finds this run again when a ledger outlives us.
  if (settings_.run.run_token != 0) {
    run_.AddEvent("token", fmt::format("{:x}", settings_.run.run_token));
  }
  for (const std::string& warning : settings_.warnings) run_.AddEvent("warning", warning);
  while (true) {
    const Wish wish = HandleSignals(signals.get());
    const bool is_over = duration && run_.elapsed_s() - begun_s >= *duration;
    if (wish == Wish::kStop) run_.AddEvent("stop", "asked to stop by a signal");
    if (is_over) run_.AddEvent("stop", "the duration is over");
    const bool is_early = !is_over && stream_state_ == analysis::StreamState::kConfirmedEarly;
    if (is_early) run_.AddEvent("early-stop", EarlyStopText(run_.elapsed_s() - begun_s, *duration));
    if (wish == Wish::kStop || is_over || is_early || HasRunOut()) break;
    Tick(/*is_final=*/false);

    double sleep_s = run_.cadence().TickAfter(run_.elapsed_s() - begun_s);
    if (duration) sleep_s = std::min(sleep_s, *duration - (run_.elapsed_s() - begun_s));
    Sleep(sleep_s, timer.get(), signals.get());
  }
  run_.FinishLoad(kLoadPatience_s);
  Tick(/*is_final=*/true);
  StopTargets();
  run_.Close();  // how the target ended is known only now
  return {};
}

// Until then, or a signal. Heartbeats may come oftener than ticks.
void Watcher::Sleep(double seconds, int timer_fd, int signal_fd) {
  const itimerspec next = After(std::max(seconds, 0.001));
  timerfd_settime(timer_fd, 0, &next, nullptr);
  while (true) {
    std::array<pollfd, 2> wakers{pollfd{timer_fd, POLLIN, 0}, pollfd{signal_fd, POLLIN, 0}};
    const auto beat_s = progress_.UntilHeartbeat(run_.elapsed_s());
    const int wait_ms = beat_s ? static_cast<int>(std::min(1000 * *beat_s, 1e9)) + 1 : -1;
    if (poll(wakers.data(), wakers.size(), wait_ms) != 0) return;
    progress_.Beat(run_.elapsed_s());
  }
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
    if (TargetWatch* target = run_.tree().Find(pid)) {
      target->SetExit(code);
      target->MarkEnded();
    }
    if (pid != root_) continue;
    const bool is_as_asked = is_stopping_ && WIFSIGNALED(status) && AsksToEnd(WTERMSIG(status));
    target_exit_ = is_as_asked ? 0 : code;
    run_.AddEvent("exit", WIFSIGNALED(status)
                              ? fmt::format("target killed by signal {}", code - 128)
                              : fmt::format("target exited with status {}", code));
  }
}

bool Watcher::HasRunOut() {
  if (!settings_.run.is_child) return run_.tree().living() == 0;
  if (!target_exit_) return false;
  run_.Discover();
  // A target that put itself into the background ends with 0 and lives on in its children; one
  // that failed has ended, whatever it leaves behind.
  if (*target_exit_ != 0) return true;
  if (run_.tree().living() == 0) {
    // A parent that ended during the look hid the child that it left to us: look again.
    Reap();
    if (!HasChildren()) return true;
    run_.Discover();
    if (run_.tree().living() == 0) return false;
  }
  if (!is_background_) {
    is_background_ = true;
    Say(
        fmt::format("the target went into the background; watching its {} processes until they "
                    "end or Ctrl-C",
                    run_.tree().living()));
  }
  return false;
}

void Watcher::Tick(bool is_final) {
  if (settings_.before_tick) settings_.before_tick();
  run_.Tick(is_final);
  const double t_s = run_.elapsed_s();
  if (settings_.early_stop != nullptr) stream_state_ = settings_.early_stop->Update(t_s);
  progress_.Show(t_s, run_.tree(), settings_.early_stop != nullptr ? ToString(stream_state_) : "");
}

void Watcher::StopTargets() {
  if (!settings_.run.is_child) return;
  is_stopping_ = true;
  const auto signal_all = [this](int signal) {
    for (const auto& target : run_.tree().targets()) {
      // The root passes it on to its own children as it sees fit; orphans have only us.
      const bool is_ours = target->pid() == root_ || is_background_;
      if (is_ours && !target->has_ended()) kill(target->pid(), signal);
    }
  };
  if (!has_told_target_) signal_all(SIGTERM);
  const double stop_s = run_.elapsed_s();
  bool is_killed = false;
  while (!target_exit_ || (is_background_ && run_.tree().living() > 0)) {
    Reap();
    for (auto& target : run_.tree().targets())
      target->Measure(run_.elapsed_s(), /*is_snapshot=*/false);
    const double waited_s = run_.elapsed_s() - stop_s;
    if (waited_s > settings_.grace_s && !is_killed) {
      Say(fmt::format("the target did not end within {:.0f} s of SIGTERM; killing it",
                      settings_.grace_s));
      signal_all(SIGKILL);
      is_killed = true;
    }
    if (waited_s > settings_.grace_s + 5) break;  // in the kernel's hands now
    usleep(20'000);
  }
  run_.CollectLedgers();
}

}  // namespace seep::agent

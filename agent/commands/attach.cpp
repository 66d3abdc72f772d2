// SPDX-License-Identifier: Apache-2.0
// seep attach: watches a process that already runs. The probe is put into it unless it has one
// since its start; a run that a killed seep left unfinished is gone on with.
#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

#include "agent/commands/anchors.h"
#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/injected_probe.h"
#include "agent/commands/new_run.h"
#include "agent/console.h"
#include "agent/watch/begun_run.h"
#include "agent/watch/clock.h"
#include "agent/watch/elf_program.h"
#include "agent/watch/watcher.h"
#include "probes/attach/injector.h"
#include "probes/attach/preconditions.h"
#include "probes/attach/redirection.h"
#include "probes/proc/process_sample.h"
#include "storage/model/units.h"
#include "storage/sqlite/baselines.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

// What is known of the probe before anything is written or done to the process. A refusal names the
// process, the cause and the remedy.
model::Result<attach::ProbeState> Inspect(pid_t pid) {
  if (auto checked = attach::CheckProcess(pid); !checked) return std::unexpected(checked.error());
  const std::string exe = "/proc/" + std::to_string(pid) + "/exe";
  if (const std::string obstacle = ProbeObstacleOf(exe); !obstacle.empty()) {
    return model::Fail(
        model::Errc::kUnsupported,
        fmt::format("process {} is {}: the probe cannot be put in; watch it by /proc "
                    "alone with --no-inject",
                    pid, obstacle));
  }
  return attach::FindProbe(pid);
}

// Injected by us or by an earlier seep attach: taken out again at the end, on every way out.
class Injected {
 public:
  // Nothing to do for a preloaded probe.
  Injected(pid_t pid, bool is_kept) : pids_{pid}, is_kept_(is_kept) {}
  Injected(const Injected&) = delete;
  Injected& operator=(const Injected&) = delete;
  ~Injected() {
    for (const pid_t pid : is_kept_ ? std::vector<pid_t>{} : pids_) {
      const auto probe = attach::FindProbe(pid);
      if (!probe || *probe != attach::ProbeState::kInjected) continue;
      if (auto withdrawn = WithdrawProbe(pid); !withdrawn) Say(withdrawn.error().message);
    }
  }
  // Its children inherited the probe with its memory.
  void SetProcesses(std::vector<pid_t> pids) { pids_ = std::move(pids); }

 private:
  std::vector<pid_t> pids_;
  bool is_kept_;
};

std::string UnknownBefore(const proc::ProcessIdentity& identity) {
  const double age_s =
      static_cast<double>(NowNanoseconds(CLOCK_BOOTTIME)) / 1e9 -
      static_cast<double>(identity.start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  return fmt::format(
      "pid {}: the probe was put in {} after the start; heap allocations before that are not known",
      identity.pid, model::FormatDuration(age_s));
}

void SayResumed(const BegunRun& begun) {
  const model::Run& run = begun.writer.run();
  Say(fmt::format("going on with run {} '{}', unfinished since {:.0f} s",
                  static_cast<int64_t>(run.id), run.name,
                  MonotonicSeconds() - begun.started_s - run.duration_s));
}

std::string ProgramOf(pid_t pid) {
  model::Target target;
  target.command_line = proc::ReadCommandLine(pid);
  return model::ProgramName(target);
}

// An unfinished run of this process is gone on with, unless a living seep is at it.
model::Result<BegunRun> BeginOrResume(const AttachOptions& options,
                                      const proc::ProcessIdentity& identity,
                                      sqlite::Database& database) {
  const model::Run run = DescribeRun(options.watch, identity.pid);
  const auto unfinished =
      sqlite::FindUnfinishedRun(database, run.boot_id, identity.pid, identity.start_ticks);
  if (!unfinished) return std::unexpected(unfinished.error());
  if (!*unfinished) return BeginRun(run, database);
  auto lock = RunLock::Take(database.path(), **unfinished);
  if (lock) {
    auto resumed = ResumeRun(run, **unfinished, std::move(*lock), database);
    if (resumed) SayResumed(*resumed);
    return resumed;
  }
  if (lock.error().code != model::Errc::kBusy) return std::unexpected(lock.error());
  Say(lock.error().message + "; this is a run of its own");
  return BeginRun(run, database);
}

}  // namespace

int AttachCommand(const AttachOptions& options) {
  const auto identity = proc::ReadIdentity(options.pid);
  if (!identity || identity->is_zombie) {
    return Fail({model::Errc::kNotFound,
                 fmt::format("process {} does not exist; check the pid", options.pid)});
  }
  if (auto checked = CheckReportFiles(options.watch.reports); !checked) {
    return Fail(checked.error());
  }
  std::optional<attach::ProbeState> probe;
  if (!options.is_without_probe) {
    const auto inspected = Inspect(options.pid);
    if (!inspected) return Fail(inspected.error());
    probe = *inspected;
  }
  auto database =
      sqlite::Database::Open(options.watch.database, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return Fail(database.error());
  if (!database->notice().empty()) Say(database->notice());
  const auto gate = PrepareGate(options.watch, *database);
  if (!gate) return Fail(gate.error());
  // Before the run is resumed: what its killed seep left belongs before what comes now.
  TickStore store(*database, TickStoreSettingsFor(database->path()));
  const SignalMask mask;
  std::vector<LedgerDirectory> ledgers;
  std::optional<Injected> injected;
  std::vector<std::string> warnings;
  if (probe) {
    if (*probe != attach::ProbeState::kPreloaded) {
      const bool is_new = !LedgerDirectory::OfProcess(options.pid);
      if (auto in = InjectProbe(options.pid, options.interval_bytes); !in) return Fail(in.error());
      injected.emplace(options.pid, options.is_probe_kept);
      if (is_new) warnings.push_back(UnknownBefore(*identity));
    }
    auto directory = LedgerDirectory::OfProcess(options.pid);
    if (!directory) return Fail(directory.error());
    ledgers.push_back(*directory);
  }
  auto begun = BeginOrResume(options, *identity, *database);
  if (!begun) return Fail(begun.error());
  const auto keyed = sqlite::PutRunKey(*database, begun->writer.run().id,
                                       CompleteKey(options.watch.key, ProgramOf(options.pid)));
  if (!keyed) return Fail(keyed.error());
  Recorder recorder(store, std::move(begun->writer));
  attach::SlotKeeper keeper(options.pid);
  auto early_stop =
      EarlyStopOf(options.watch, recorder.run().id, MonotonicSeconds() - begun->started_s);
  WatchSettings settings{
      .run = {.cadence = CadenceOf(options.watch), .no_probe = "not looked for: --no-inject"},
      .is_quiet = options.watch.is_quiet,
      .heartbeat_s = options.watch.heartbeat_s,
      .warnings = std::move(warnings),
      .early_stop = early_stop ? &*early_stop : nullptr};
  // Libraries that the process loads meanwhile; it may be ending, which the watch will see.
  if (injected) {
    settings.before_tick = [&keeper] { [[maybe_unused]] const auto kept = keeper.Refresh(); };
  }
  LoadCollector collector;  // before the watcher, which asks it
  Watcher watcher(settings, mask, recorder, std::move(ledgers), begun->started_s);
  if (auto load = WatchLoad(options.watch, recorder.run(), begun->started_s, collector, watcher);
      !load) {
    Say(load.error().message + "; going on without load", Severity::kWarning);
  }
  if (auto watched = watcher.Run(options.pid); !watched) return Fail(watched.error());
  if (injected) injected->SetProcesses(watcher.LivingPids());
  injected.reset();
  const int verdict =
      FinishWatch(options.watch, *gate, *database, recorder, watcher.elapsed_s(), std::nullopt);
  const bool is_finding = verdict != ToInt(model::ExitCode::kPass);
  const bool is_failure = verdict == ToInt(model::ExitCode::kFailed);
  return is_failure || (options.watch.is_gate && is_finding) ? verdict
                                                             : ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent

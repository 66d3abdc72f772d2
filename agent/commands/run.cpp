// SPDX-License-Identifier: Apache-2.0
// seep run: starts the target under the probe and watches it.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <random>
#include <utility>
#include <vector>

#include "agent/commands/anchors.h"
#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/new_run.h"
#include "agent/console.h"
#include "agent/watch/begun_run.h"
#include "agent/watch/executable.h"
#include "agent/watch/launcher.h"
#include "agent/watch/watcher.h"
#include "probes/ledger/layout.h"
#include "storage/sqlite/baselines.h"

namespace seep::agent {
namespace {

// The probe and where it writes, or neither when it cannot be loaded.
struct ProbePlan {
  std::string library;
  std::optional<LedgerDirectory> ledgers;
};

model::Result<ProbePlan> PlanProbe(const Executable& program) {
  if (!program.probe_obstacle.empty()) {
    Say(fmt::format("{}: {}; the probe cannot be loaded, going on with /proc only: no heap data",
                    program.path, program.probe_obstacle));
    return ProbePlan{};
  }
  auto library = FindProbe();
  if (!library) return std::unexpected(library.error());
  auto ledgers = LedgerDirectory::Choose();
  if (!ledgers) return std::unexpected(ledgers.error());
  return ProbePlan{*library, *ledgers};
}

uint64_t NewToken() {
  std::random_device entropy;
  return (uint64_t{entropy()} << 32 | entropy()) | 1;
}

LaunchPlan PlanLaunch(const RunOptions& options, const Executable& program, const ProbePlan& probe,
                      uint64_t token, const SignalMask& mask) {
  LaunchPlan plan{.command = options.command,
                  .program_path = program.path,
                  .environment = options.environment,
                  .probe_path = probe.library,
                  .signal_mask = mask.original()};
  if (probe.ledgers) {
    plan.environment.emplace_back("SEEP_DIR", probe.ledgers->path());
    plan.environment.emplace_back("SEEP_RUN", fmt::format("{:x}", token));
    if (options.interval_bytes != 0) {
      plan.environment.emplace_back("SEEP_INTERVAL", std::to_string(options.interval_bytes));
    }
  }
  return plan;
}

}  // namespace

int RunCommand(const RunOptions& options) {
  // Everything that can be refused is, before the target is started.
  const auto program = InspectExecutable(options.command.front());
  if (!program) {
    Say(program.error().message);
    return ToInt(model::ExitCode::kUsage);
  }
  if (auto checked = CheckReportFiles(options.watch.reports); !checked) {
    return Fail(checked.error());
  }
  const auto probe = PlanProbe(*program);
  if (!probe) return Fail(probe.error());
  auto database =
      sqlite::Database::Open(options.watch.database, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return Fail(database.error());
  if (!database->notice().empty()) Say(database->notice());
  const auto gate = PrepareGate(options.watch, *database);
  if (!gate) return Fail(gate.error());
  TickStore store(*database, TickStoreSettingsFor(database->path()));
  model::Run run = DescribeRun(options.watch, getpid());
  run.command = options.command;
  run.interval_bytes =
      options.interval_bytes != 0 ? options.interval_bytes : ledger::kDefaultIntervalBytes;
  auto begun = BeginRun(run, *database);
  if (!begun) return Fail(begun.error());
  const auto keyed = sqlite::PutRunKey(*database, begun->writer.run().id,
                                       CompleteKey(options.watch.key, options.command.front()));
  if (!keyed) return Fail(keyed.error());
  Recorder recorder(store, std::move(begun->writer));

  // Children that the target leaves behind become ours, and stay under watch.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const SignalMask mask;
  const uint64_t token = NewToken();
  const auto child = Launch(PlanLaunch(options, *program, *probe, token, mask));
  if (!child) {
    [[maybe_unused]] const auto closed = recorder.Finish(0, std::nullopt);
    return Fail(child.error());
  }
  auto early_stop = EarlyStopOf(options.watch, recorder.run().id, 0);
  WatchSettings settings{.run = {.cadence = CadenceOf(options.watch),
                                 .is_child = true,
                                 .run_token = token,
                                 .no_probe = fmt::format("not loaded: {} ({})",
                                                         program->probe_obstacle, program->path)},
                         .grace_s = options.grace_s,
                         .is_quiet = options.watch.is_quiet,
                         .heartbeat_s = options.watch.heartbeat_s,
                         .early_stop = early_stop ? &*early_stop : nullptr};
  std::vector<LedgerDirectory> ledgers;
  if (probe->ledgers) ledgers.push_back(*probe->ledgers);
  LoadCollector collector;  // before the watcher, which asks it
  Watcher watcher(settings, mask, recorder, std::move(ledgers), begun->started_s);
  if (auto load = WatchLoad(options.watch, recorder.run(), begun->started_s, collector, watcher);
      !load) {
    Say(load.error().message + "; going on without load", Severity::kWarning);
  }
  if (auto watched = watcher.Run(*child); !watched) return Fail(watched.error());
  const int verdict = FinishWatch(options.watch, *gate, *database, recorder, watcher.elapsed_s(),
                                  watcher.target_exit());
  if (verdict == ToInt(model::ExitCode::kFailed)) return verdict;
  const bool is_finding = verdict != ToInt(model::ExitCode::kPass);
  return options.watch.is_gate && is_finding ? verdict : watcher.target_exit().value_or(0);
}

}  // namespace seep::agent

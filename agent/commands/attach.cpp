// SPDX-License-Identifier: Apache-2.0
// seep attach: watches a process that already runs. One that has the probe is adopted with its
// ledger; a run that a killed seep left unfinished is gone on with.
#include <fmt/format.h>

#include <algorithm>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/new_run.h"
#include "agent/console.h"
#include "agent/watch/clock.h"
#include "agent/watch/run_lock.h"
#include "agent/watch/watcher.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

model::Result<std::optional<LedgerDirectory>> FindLedgers(const AttachOptions& options) {
  if (options.is_without_probe) return std::nullopt;
  auto directory = LedgerDirectory::OfProcess(options.pid);
  if (directory) return std::optional(*directory);
  if (directory.error().code != model::Errc::kNotFound) return std::unexpected(directory.error());
  return model::Fail(model::Errc::kNotFound,
                     fmt::format("process {} does not have the probe; start it with "
                                 "LD_PRELOAD=libseep.so or seep run, or watch its /proc figures "
                                 "alone with --no-inject",
                                 options.pid));
}

// The run to write to, held against other seeps, and its t = 0 on CLOCK_MONOTONIC.
struct BegunRun {
  sqlite::RunWriter writer;
  RunLock lock;
  double started_s;
};

model::Result<BegunRun> Begin(const model::Run& run, sqlite::Database& database) {
  const double started_s = MonotonicSeconds();
  auto writer = sqlite::RunWriter::Begin(database, run);
  if (!writer) return std::unexpected(writer.error());
  auto lock = RunLock::Take(database.path(), writer->run().id);
  if (!lock) return std::unexpected(lock.error());
  return BegunRun{std::move(*writer), std::move(*lock), started_s};
}

model::Result<BegunRun> Resume(const model::Run& now, model::RunId id, RunLock lock,
                               sqlite::Database& database) {
  auto writer = sqlite::RunWriter::Resume(database, id);
  if (!writer) return std::unexpected(writer.error());
  // Time went on while nobody watched. Should the wall clock have been set back since, the run
  // goes on just behind its last tick.
  constexpr double kNextTickSeconds = 0.001;
  const double since_start_s =
      static_cast<double>(now.started_at_ns - writer->run().started_at_ns) / 1e9;
  const double t_s = std::max(since_start_s, writer->run().duration_s + kNextTickSeconds);
  Say(fmt::format("going on with run {} '{}', unfinished since {:.0f} s", static_cast<int64_t>(id),
                  writer->run().name, t_s - writer->run().duration_s));
  return BegunRun{std::move(*writer), std::move(lock), MonotonicSeconds() - t_s};
}

// An unfinished run of this process is gone on with, unless a living seep is at it.
model::Result<BegunRun> BeginOrResume(const AttachOptions& options,
                                      const proc::ProcessIdentity& identity,
                                      sqlite::Database& database) {
  const model::Run run = DescribeRun(options.watch, identity.pid);
  const auto unfinished =
      sqlite::FindUnfinishedRun(database, run.boot_id, identity.pid, identity.start_ticks);
  if (!unfinished) return std::unexpected(unfinished.error());
  if (!*unfinished) return Begin(run, database);
  auto lock = RunLock::Take(database.path(), **unfinished);
  if (lock) return Resume(run, **unfinished, std::move(*lock), database);
  if (lock.error().code != model::Errc::kBusy) return std::unexpected(lock.error());
  Say(lock.error().message + "; this is a run of its own");
  return Begin(run, database);
}

}  // namespace

int AttachCommand(const AttachOptions& options) {
  const auto identity = proc::ReadIdentity(options.pid);
  if (!identity || identity->is_zombie) {
    return Fail({model::Errc::kNotFound,
                 fmt::format("process {} does not exist; check the pid", options.pid)});
  }
  const auto ledgers = FindLedgers(options);
  if (!ledgers) return Fail(ledgers.error());
  auto database =
      sqlite::Database::Open(options.watch.database, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return Fail(database.error());
  const SignalMask mask;
  auto begun = BeginOrResume(options, *identity, *database);
  if (!begun) return Fail(begun.error());
  Recorder recorder(std::move(begun->writer));
  WatchSettings settings{.cadence = CadenceOf(options.watch),
                         .is_child = false,
                         .is_quiet = options.watch.is_quiet,
                         .no_probe = "not looked for: --no-inject"};
  Watcher watcher(settings, mask, recorder, *ledgers, begun->started_s);
  if (auto watched = watcher.Run(options.pid); !watched) return Fail(watched.error());
  const int verdict =
      FinishWatch(options.watch, *database, recorder, watcher.elapsed_s(), std::nullopt);
  const bool is_finding = verdict != ToInt(model::ExitCode::kPass);
  const bool is_failure = verdict == ToInt(model::ExitCode::kFailed);
  return is_failure || (options.watch.is_gate && is_finding) ? verdict
                                                             : ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/left_ledgers.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/watch/begun_run.h"
#include "agent/watch/clock.h"
#include "agent/watch/recorder.h"
#include "agent/watch/run_watch.h"
#include "probes/ledger/reader.h"
#include "probes/proc/process_sample.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

// Time of the run at which the probe last did anything; behind what is stored.
double LastSample_s(const FoundLedger& found, const model::Run& run) {
  constexpr double kNextTickSeconds = 0.001;
  double t_s = run.duration_s + kNextTickSeconds;
  if (auto reader = ledger::Reader::Open(found.file.path)) {
    const int64_t age_ns =
        static_cast<int64_t>(reader->identity().created_realtime_ns) - run.started_at_ns;
    t_s = std::max(t_s, static_cast<double>(age_ns) / 1e9 + reader->LastSampleSeconds());
  }
  return t_s;
}

}  // namespace

model::Result<bool> AddToItsRun(const FoundLedger& found, sqlite::Database& database,
                                TickStore& store) {
  const auto run = sqlite::FindUnfinishedRunByEvent(database, proc::ReadBootId(), "token",
                                                    fmt::format("{:x}", found.run_token));
  if (!run) return std::unexpected(run.error());
  if (!*run) return false;
  auto lock = RunLock::Take(database.path(), **run);
  if (!lock) return false;
  auto writer = sqlite::RunWriter::Resume(database, **run);
  if (!writer) return std::unexpected(writer.error());
  const double t_s = LastSample_s(found, writer->run());
  Recorder recorder(store, std::move(*writer));
  RunWatch watch({.cadence = {0, 0, std::nullopt},
                  .is_child = false,
                  .run_token = 0,
                  .no_probe = "its ledger could not be read"},
                 recorder, {found.directory}, MonotonicSeconds() - t_s);
  watch.AddEnded(found.file, found.exe);
  watch.AddEvent("post-mortem",
                 fmt::format("process {} ended after its seep; what it left is read by the agent",
                             found.file.pid));
  watch.Tick(/*is_final=*/true);
  return true;
}

}  // namespace seep::agent

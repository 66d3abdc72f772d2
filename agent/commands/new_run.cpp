// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/new_run.h"

#include <utility>

#include "agent/watch/begun_run.h"

namespace seep::agent {

model::Run DescribeRun(const WatchOptions& options, pid_t pid) {
  model::Run run = DescribeRun(pid);
  run.name = options.name;
  run.tick_s = options.tick_s.value_or(0);
  run.snapshot_s = options.snapshot_s.value_or(0);
  model::LimitTo(run, options.limit_bytes);
  return run;
}

model::Status WatchLoad(const WatchOptions& options, const model::Run& run, double started_s,
                        LoadCollector& collector, Watcher& watcher) {
  if (options.load.empty()) return {};
  const Cadence cadence(CadenceOf(options));
  auto feed =
      LoadFeed::Open(collector,
                     {.started_s = started_s,
                      .started_at_s = static_cast<double>(run.started_at_ns) / 1e9,
                      .length = [cadence](double t_s) { return cadence.SnapshotAfter(t_s); }},
                     options.load);
  if (!feed) return std::unexpected(feed.error());
  watcher.SetLoad(std::move(*feed));
  return {};
}

std::optional<EarlyStop> EarlyStopOf(const WatchOptions& options, model::RunId id, double begun_s) {
  if (!options.is_early_stop) return std::nullopt;
  const analysis::StreamPlan plan{.duration_s = begun_s + *options.duration_s,
                                  .is_load_known = options.is_load_steady};
  return std::optional<EarlyStop>(std::in_place, options.database, id, plan);
}

}  // namespace seep::agent

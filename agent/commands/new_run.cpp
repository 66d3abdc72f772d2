// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/new_run.h"

#include <unistd.h>

#include <array>

#include "agent/watch/clock.h"
#include "probes/proc/memory_limit.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {

model::Run DescribeRun(const WatchOptions& options, pid_t pid) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const auto sample = proc::ReadSample(pid);
  const uint64_t rss_bytes = sample ? sample->rss_anon_bytes + sample->rss_shmem_bytes : 0;
  const proc::MemoryLimit limit = proc::FindMemoryLimit(pid, rss_bytes);
  model::Run run;
  run.name = options.name;
  run.started_at_ns = NowNanoseconds(CLOCK_REALTIME);
  run.host = host.data();
  run.boot_id = proc::ReadBootId();
  run.seep_version = SEEP_VERSION;
  run.tick_s = options.tick_s.value_or(0);
  run.snapshot_s = options.snapshot_s.value_or(0);
  run.limit_bytes = limit.bytes;
  run.limit_source = limit.source;
  model::LimitTo(run, options.limit_bytes);
  return run;
}

std::optional<EarlyStop> EarlyStopOf(const WatchOptions& options, model::RunId id, double begun_s) {
  if (!options.is_early_stop) return std::nullopt;
  const analysis::StreamPlan plan{.duration_s = begun_s + *options.duration_s,
                                  .is_load_known = options.is_load_steady};
  return std::optional<EarlyStop>(std::in_place, options.database, id, plan);
}

}  // namespace seep::agent

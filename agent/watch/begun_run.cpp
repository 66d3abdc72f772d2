// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/begun_run.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/watch/clock.h"
#include "probes/proc/memory_limit.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {

model::Run DescribeRun(pid_t pid) {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  const auto sample = proc::ReadSample(pid);
  const uint64_t rss_bytes = sample ? sample->rss_anon_bytes + sample->rss_shmem_bytes : 0;
  const proc::MemoryLimit limit = proc::FindMemoryLimit(pid, rss_bytes);
  model::Run run;
  run.started_at_ns = NowNanoseconds(CLOCK_REALTIME);
  run.host = host.data();
  run.boot_id = proc::ReadBootId();
  run.seep_version = SEEP_VERSION;
  run.limit_bytes = limit.bytes;
  run.limit_source = limit.source;
  return run;
}

model::Result<BegunRun> BeginRun(const model::Run& run, sqlite::Database& database) {
  const double started_s = MonotonicSeconds();
  auto writer = sqlite::RunWriter::Begin(database, run);
  if (!writer) return std::unexpected(writer.error());
  auto lock = RunLock::Take(database.path(), writer->run().id);
  if (!lock) return std::unexpected(lock.error());
  return BegunRun{std::move(*writer), std::move(*lock), started_s};
}

model::Result<BegunRun> ResumeRun(const model::Run& now, model::RunId id, RunLock lock,
                                  sqlite::Database& database) {
  auto writer = sqlite::RunWriter::Resume(database, id);
  if (!writer) return std::unexpected(writer.error());
  constexpr double kNextTickSeconds = 0.001;
  const double since_start_s =
      static_cast<double>(now.started_at_ns - writer->run().started_at_ns) / 1e9;
  const double t_s = std::max(since_start_s, writer->run().duration_s + kNextTickSeconds);
  return BegunRun{std::move(*writer), std::move(lock), MonotonicSeconds() - t_s};
}

}  // namespace seep::agent

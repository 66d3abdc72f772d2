// SPDX-License-Identifier: Apache-2.0
// seep_agent_*: the daemon itself, what it depends on, what waits in it.
#include <algorithm>

#include "agent/serve/label.h"
#include "agent/serve/metric_families.h"

namespace seep::serve {
namespace {

void AddDependencies(const std::vector<DependencyState>& dependencies, FamilySet& families) {
  // Those in trouble first, if they are too many.
  std::vector<const DependencyState*> shown;
  for (const DependencyState& dependency : dependencies) shown.push_back(&dependency);
  std::ranges::stable_sort(shown, std::ranges::greater{},
                           [](const DependencyState* each) { return each->breaker; });
  if (shown.size() > kMostDependencies) shown.resize(kMostDependencies);
  for (const DependencyState* each : shown) {
    const Labels name{{"dependency", LabelValue(each->name)}};
    for (const auto state : {BreakerState::kClosed, BreakerState::kHalfOpen, BreakerState::kOpen}) {
      Labels labels = name;
      labels.push_back({"state", ToString(state)});
      families.Gauge("seep_agent_breaker_state", "1 for the state that the breaker is in", labels,
                     each->breaker == state ? 1 : 0);
    }
    const auto count = [&](const char* what, const char* help, uint64_t value) {
      families.Counter(what, help, name, static_cast<double>(value));
    };
    count("seep_agent_dependency_calls_total", "Calls of the dependency", each->calls);
    count("seep_agent_dependency_failures_total", "Calls that failed", each->failures);
    count("seep_agent_dependency_rejected_total", "Calls not made as the breaker was open",
          each->rejected);
    if (each->call_p95_s > 0) {
      families.Gauge("seep_agent_dependency_call_p95_seconds", "95 % of the latest calls took less",
                     name, each->call_p95_s);
    }
    count("seep_agent_breaker_opened_total", "Times that the breaker has opened", each->opened);
  }
}

void AddQueues(const std::vector<QueueState>& queues, FamilySet& families) {
  for (size_t i = 0; i < std::min(queues.size(), kMostQueues); i++) {
    const Labels name{{"queue", LabelValue(queues[i].name)}};
    families.Gauge("seep_agent_queue_depth", "Entries that wait", name,
                   static_cast<double>(queues[i].depth));
    if (queues[i].limit == 0) continue;
    families.Gauge("seep_agent_queue_limit", "Entries that may wait", name,
                   static_cast<double>(queues[i].limit));
  }
}

void AddSelf(const SelfFigures& self, FamilySet& families) {
  const auto gauge = [&families](const char* name, const char* help, uint64_t value) {
    families.Gauge(name, help, {}, static_cast<double>(value));
  };
  gauge("seep_agent_resident_memory_bytes", "Resident memory of the daemon", self.rss_bytes);
  gauge("seep_agent_open_fds", "File descriptors of the daemon", self.fds);
  gauge("seep_agent_threads", "Threads of the daemon", self.threads);
  families.Counter("seep_agent_cpu_seconds_total", "CPU time of the daemon, user and system", {},
                   self.cpu_s);
  if (!self.allocator) return;
  gauge("seep_agent_allocator_allocated_bytes", "Heap blocks of the daemon in use",
        self.allocator->allocated_bytes);
  gauge("seep_agent_allocator_active_bytes", "Pages that hold those blocks",
        self.allocator->active_bytes);
  gauge("seep_agent_allocator_resident_bytes", "Resident memory of the daemon's allocator",
        self.allocator->resident_bytes);
}

}  // namespace

void AddAgentFamilies(const AgentSnapshot& snapshot, FamilySet& families) {
  const auto count = [](size_t n) { return static_cast<double>(n); };
  const size_t beyond = snapshot.targets.size() - std::min(snapshot.targets.size(), kMostTargets);
  families.Gauge("seep_agent_info", "The daemon", {{"version", LabelValue(snapshot.version)}}, 1);
  families.Gauge("seep_agent_start_time_seconds", "Start of the daemon, Unix time", {},
                 snapshot.started_at_s);
  families.Gauge("seep_agent_snapshot_timestamp_seconds",
                 "When the loop made these figures, Unix time", {}, snapshot.made_at_s);
  families.Gauge("seep_agent_targets", "Processes watched", {}, count(snapshot.targets.size()));
  families.Gauge("seep_agent_targets_other", "Of these, summed up as service=\"other\"", {},
                 count(beyond));
  families.Gauge("seep_agent_targets_refused", "Processes not watched: beyond the limit", {},
                 count(snapshot.refused_targets));
  families.Counter("seep_agent_ticks_total", "Ticks of all targets", {}, count(snapshot.ticks));
  families.Counter("seep_agent_ticks_dropped_total", "Ticks that could not be stored", {},
                   count(snapshot.dropped_ticks));
  families.Counter("seep_agent_errors_total", "Errors of any kind, see /health/detailed", {},
                   count(snapshot.errors_seen));
  AddSelf(snapshot.self, families);
  AddQueues(snapshot.queues, families);
  AddDependencies(snapshot.dependencies, families);
}

}  // namespace seep::serve

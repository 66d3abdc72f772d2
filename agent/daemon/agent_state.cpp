// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/agent_state.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "agent/serve/own_allocator.h"
#include "agent/watch/clock.h"
#include "probes/proc/process_sample.h"
#include "storage/model/latency.h"

namespace seep::agent {
namespace {

namespace metric = model::metric;
using model::GrowthClass;

std::optional<double> Last(const Service::Figures& figures, const char* name) {
  const auto found = figures.by_metric.find(name);
  if (found == figures.by_metric.end()) return std::nullopt;
  return found->second.value;
}

// Of a process: growth when any of it grows; else what its memory does.
GrowthClass ClassOf(const std::vector<serve::MetricGrowth>& growth, bool has_stacks) {
  GrowthClass memory = GrowthClass::kInsufficientData;
  bool grows = has_stacks;
  for (const serve::MetricGrowth& one : growth) {
    const bool is_evidence = one.metric != metric::kRssSwap && one.metric.rfind("rss_", 0) != 0;
    grows = grows || (is_evidence && model::IsGrowth(one.growth_class));
    if (one.metric == metric::kRssSwap) memory = one.growth_class;
  }
  return grows ? GrowthClass::kGrowth : memory;
}

serve::TargetState StateOf(const Service& service, const Service::Figures& figures,
                           const ServiceVerdict* verdict, const WallClock& clock) {
  serve::TargetState state;
  state.service = service.name();
  state.pid = figures.target.pid;
  state.start_ticks = figures.target.start_ticks;
  state.exe = figures.target.exe;
  state.last_tick_s = clock.At(figures.at_s);
  state.is_probe_active = figures.target.probe == "active";
  state.probe = figures.target.probe;
  for (const auto& [name, measurement] : figures.by_metric)
    state.measurements.push_back(measurement);
  state.heap_live_bytes = Last(figures, metric::kHeapLive);
  state.heap_live_se_bytes = Last(figures, metric::kHeapLiveSe);
  if (service.limit_bytes() != 0) state.limit_bytes = service.limit_bytes();
  if (verdict == nullptr) return state;
  if (const auto found = verdict->growth.find(state.pid); found != verdict->growth.end()) {
    state.growth = found->second;
  }
  if (const auto found = verdict->stacks.find(state.pid); found != verdict->stacks.end()) {
    state.stacks = found->second;
  }
  if (!state.growth.empty()) state.growth_class = ClassOf(state.growth, !state.stacks.empty());
  return state;
}

serve::LoadState StateOf(const model::LoadWindow& window) {
  serve::LoadState state;
  state.source = window.source;
  state.requests_per_s = window.requests / (window.end_s - window.begin_s);
  if (window.requests > 0) state.error_share = window.errors / window.requests;
  const auto quantile = [&window](double share) {
    return model::LatencyQuantile(window.latency, share)
        .value_or(std::numeric_limits<double>::quiet_NaN());
  };
  state.latency = {quantile(0.5), quantile(0.95), quantile(0.99)};
  return state;
}

serve::ServiceState StateOf(const Service& service, const ServiceVerdict* verdict) {
  serve::ServiceState state;
  state.name = service.name();
  state.run = service.run_id();
  state.processes = service.figures().size();
  double pss_bytes = 0;
  double rss_bytes = 0;
  bool has_pss = true;
  for (const auto& [pid, figures] : service.figures()) {
    const auto pss = Last(figures, metric::kPss);
    has_pss = has_pss && pss;
    pss_bytes += pss.value_or(0);
    rss_bytes += Last(figures, metric::kRssSwap).value_or(0);
    state.fds += Last(figures, metric::kFds).value_or(0);
    state.threads += Last(figures, metric::kThreads).value_or(0);
  }
  state.memory_bytes = has_pss ? pss_bytes : rss_bytes;
  for (const auto& [source, told] : service.load()) state.load.push_back(StateOf(told.window));
  if (verdict == nullptr) return state;
  state.growth_class = verdict->growth_class;
  state.drift = verdict->drift;
  return state;
}

serve::BreakerState StateOf(resilience::BreakerState state) {
  switch (state) {
    case resilience::BreakerState::kOpen:
      return serve::BreakerState::kOpen;
    case resilience::BreakerState::kHalfOpen:
      return serve::BreakerState::kHalfOpen;
    case resilience::BreakerState::kClosed:
      break;
  }
  return serve::BreakerState::kClosed;
}

serve::DependencyState StateOf(const resilience::BreakerStatus& status, double now_s) {
  serve::DependencyState state;
  state.name = status.name;
  state.breaker = StateOf(status.state);
  state.calls = status.statistics.requests;
  state.failures = status.statistics.failures;
  state.rejected = status.statistics.rejected;
  state.opened = status.statistics.times_opened;
  state.call_p95_s = status.statistics.p95_s;
  state.last_error = status.last_error;
  if (status.state == resilience::BreakerState::kOpen) {
    state.retry_in_s = std::max(0.0, status.next_probe_s - now_s);
  }
  return state;
}

serve::SelfFigures Self() {
  serve::SelfFigures self;
  if (const auto sample = proc::ReadSample(getpid())) {
    self.rss_bytes = sample->rss_anon_bytes + sample->rss_file_bytes + sample->rss_shmem_bytes;
    self.fds = sample->fds;
    self.threads = sample->threads;
    self.cpu_s = sample->cpu_seconds;
  }
  self.allocator = serve::OwnAllocatorFigures();
  return self;
}

}  // namespace

void WallClock::Look() {
  constexpr double kSetSeconds = 1;  // slewing it takes longer
  const double offset_s =
      static_cast<double>(NowNanoseconds(CLOCK_REALTIME)) / 1e9 - MonotonicSeconds();
  if (std::abs(offset_s - offset_s_) > kSetSeconds) offset_s_ = offset_s;
}

serve::AgentSnapshot SnapshotOf(const AgentState& state) {
  serve::AgentSnapshot snapshot;
  snapshot.version = SEEP_VERSION;
  snapshot.boot_id = proc::ReadBootId();
  const WallClock& clock = state.clock;
  snapshot.started_at_s = clock.At(state.started_s);
  snapshot.made_at_s = clock.At(MonotonicSeconds());
  for (const auto& [name, service] : state.services) {
    const ServiceVerdict* verdict = state.verdicts.Find(service->run_id());
    snapshot.services.push_back(StateOf(*service, verdict));
    for (const auto& [pid, figures] : service->figures()) {
      snapshot.targets.push_back(StateOf(*service, figures, verdict, clock));
    }
  }
  snapshot.dependencies.push_back(StateOf(state.store.breaker_status(), state.store.now_s()));
  if (const auto& symbols = state.verdicts.symbol_breaker()) {
    snapshot.dependencies.push_back(StateOf(symbols->Status(), state.store.now_s()));
  }
  for (const resilience::BreakerStatus& status : state.load.Statuses()) {
    snapshot.dependencies.push_back(StateOf(status, MonotonicSeconds()));
  }
  const resilience::TickSpool& spool = state.store.spool();
  const resilience::SpoolSettings bounds;
  snapshot.queues.push_back({"ticks in memory", spool.ticks_in_memory(), bounds.ring_ticks});
  snapshot.queues.push_back({"spool bytes", spool.file_bytes(), bounds.file_bytes});
  if (const auto& error = state.verdicts.last_error()) {
    snapshot.errors.push_back(*error);
    snapshot.errors.back().at_s = clock.At(error->at_s);
  }
  snapshot.errors_seen = snapshot.errors.size();
  snapshot.ticks = state.ticks;
  snapshot.dropped_ticks = spool.counts().dropped + spool.counts().damaged +
                           spool.counts().left.missing_ticks + state.store.refused();
  snapshot.refused_targets = state.refused;
  snapshot.self = Self();
  return snapshot;
}

}  // namespace seep::agent

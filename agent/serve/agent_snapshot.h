// SPDX-License-Identifier: Apache-2.0
// What the daemon tells of itself at one moment: plain values, made by the loop once per look and
// never changed afterwards. /metrics and /health are functions of it (docs/prometheus.md).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/ids.h"
#include "storage/model/load_verdict.h"
#include "storage/model/tick.h"
#include "storage/model/verdict.h"

namespace seep::serve {

// A stack that grows, as the last analysis saw it.
struct GrowingStack {
  std::string fingerprint;  // the same over restarts and rebuilds
  std::string function;     // symbolised name of its first frame of the application; else empty
  double growth_bytes_per_hour = 0;
  double growth_low_bytes_per_hour = 0;  // one-sided 95 % lower bound
  double live_bytes = 0;
};

// What the last analysis says of one metric of a target.
struct MetricGrowth {
  std::string metric;  // model::metric
  std::string unit;
  model::GrowthClass growth_class = model::GrowthClass::kInsufficientData;
  double slope_per_hour = 0;
  double ci_low = 0;  // 95 % interval of the slope
  double ci_high = 0;
};

// One process. (service, pid, start_ticks) is its identity, in the boot of the snapshot.
struct TargetState {
  std::string service;  // what an operator calls it
  int pid = 0;
  uint64_t start_ticks = 0;  // /proc/PID/stat field 22
  std::string exe{};
  double last_tick_s = 0;  // CLOCK_REALTIME
  bool is_probe_active = false;
  std::string probe{};  // "active", or why there are no heap data, in plain words
  std::vector<model::Measurement> measurements{};  // of the last tick
  std::optional<double> heap_live_bytes{};
  std::optional<double> heap_live_se_bytes{};
  std::optional<uint64_t> limit_bytes{};             // of its memory
  std::optional<model::GrowthClass> growth_class{};  // of the target; absent: not yet analysed
  std::vector<MetricGrowth> growth{};
  std::vector<GrowingStack> stacks{};
};

// How a service answered lately, as one source tells it: all operations together, the last window
// of load that became complete. NaN: not known, or there were no requests.
struct LoadState {
  std::string source;  // of model::LoadWindow
  double requests_per_s = 0;
  double error_share = std::numeric_limits<double>::quiet_NaN();  // 0-1
  model::LatencyQuantiles latency{};
};

// What the last analysis says of the answers that one source tells of: all operations together, or
// the operation that drifts when they do not.
struct DriftState {
  std::string source;
  std::string metric;  // model::metric
  bool is_drifting = false;
  double change = 0;  // since it began, a share: 0.12 is 12 % more
};

// All processes of a service that live, together.
struct ServiceState {
  std::string name;
  size_t processes = 0;
  double memory_bytes = 0;  // PSS, or RSS and swap where a process has no PSS
  double fds = 0;
  double threads = 0;
  std::optional<model::GrowthClass> growth_class{};  // of its run; absent: not yet analysed
  std::vector<LoadState> load{};
  std::vector<DriftState> drift{};  // of what could be judged
  model::RunId run{};               // in the database
};

enum class BreakerState { kClosed, kHalfOpen, kOpen };
const char* ToString(BreakerState state);  // "closed", "half_open", "open"

// Something that the daemon needs and that may fail: the database, an endpoint of a target, ...
struct DependencyState {
  std::string name;
  BreakerState breaker = BreakerState::kClosed;
  uint64_t calls = 0;  // cumulative, as the three below
  uint64_t failures = 0;
  uint64_t rejected = 0;  // not tried, as the breaker was open
  uint64_t opened = 0;
  double call_p95_s = 0;  // of the latest calls; 0: not known
  std::string last_error{};
  double retry_in_s = 0;  // while open
};

struct QueueState {
  std::string name;
  uint64_t depth = 0;
  uint64_t limit = 0;  // 0: none
};

struct LastError {
  double at_s = 0;  // CLOCK_REALTIME
  std::string source;
  std::string message;
};

struct AllocatorFigures {  // jemalloc's words
  uint64_t allocated_bytes = 0;
  uint64_t active_bytes = 0;
  uint64_t resident_bytes = 0;
};

struct SelfFigures {
  uint64_t rss_bytes = 0;
  uint64_t fds = 0;
  uint64_t threads = 0;
  double cpu_s = 0;  // user + system, cumulative
  std::optional<AllocatorFigures> allocator;
};

struct AgentSnapshot {
  std::string version;
  std::string boot_id;
  double started_at_s = 0;  // CLOCK_REALTIME
  double made_at_s = 0;     // CLOCK_REALTIME
  std::vector<TargetState> targets;
  std::vector<ServiceState> services{};
  std::vector<DependencyState> dependencies;
  std::vector<QueueState> queues;
  std::vector<LastError> errors;  // the latest, newest first
  uint64_t ticks = 0;             // cumulative, as the two below
  uint64_t dropped_ticks = 0;
  uint64_t errors_seen = 0;
  uint64_t refused_targets = 0;  // beyond the limit of the daemon, now
  SelfFigures self;
};

}  // namespace seep::serve

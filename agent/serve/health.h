// SPDX-License-Identifier: Apache-2.0
// Is the daemon well? Pure functions of the latest snapshot and of its age.
#pragma once

#include <string>

#include "agent/serve/snapshot_board.h"

namespace seep::serve {

struct HealthLimits {
  double snapshot_age_s = 30;  // older: the loop hangs, the daemon is not alive
  double tick_age_s = 120;     // older: a target is not fresh
};

struct Liveness {
  bool is_alive = false;
  std::string reason;  // one line
};

// `published` may be null: nothing yet, which is not alive either (the supervisor waits at start).
Liveness LivenessOf(const Published* published, std::chrono::steady_clock::time_point now,
                    const HealthLimits& limits);

// /health/detailed: one JSON object (docs/prometheus.md). `status` is "ok"; "degraded": a target is
// not fresh, a breaker not closed, or a queue full; "stale": not alive.
std::string DetailedHealth(const Published& published, std::chrono::steady_clock::time_point now,
                           const HealthLimits& limits);

}  // namespace seep::serve

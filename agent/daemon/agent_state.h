// SPDX-License-Identifier: Apache-2.0
// What the daemon tells of itself now: its services, what it rests on, and its own figures.
#pragma once

#include "agent/daemon/service_set.h"
#include "agent/daemon/verdict_watch.h"
#include "agent/load/load_collector.h"
#include "agent/serve/agent_snapshot.h"
#include "agent/watch/tick_store.h"

namespace seep::agent {

// CLOCK_REALTIME may be set, by hours. What is told are times on it as it is now, counted from
// CLOCK_MONOTONIC: ages are right whenever it is set, and a time that is told twice is the same.
class WallClock {
 public:
  WallClock() { Look(); }
  // Notices that it was set.
  void Look();
  double At(double monotonic_s) const { return monotonic_s + offset_s_; }

 private:
  double offset_s_ = 0;
};

struct AgentState {
  const Services& services;
  const VerdictWatch& verdicts;
  const TickStore& store;
  LoadCollector& load;
  const WallClock& clock;
  double started_s = 0;  // CLOCK_MONOTONIC
  uint64_t ticks = 0;    // so far
  uint64_t refused = 0;  // services beyond the most that are watched
};
serve::AgentSnapshot SnapshotOf(const AgentState& state);

}  // namespace seep::agent

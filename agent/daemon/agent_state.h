// SPDX-License-Identifier: Apache-2.0
// What the daemon tells of itself now: its services, what it rests on, and its own figures.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "agent/daemon/service.h"
#include "agent/daemon/verdict_watch.h"
#include "agent/load/load_collector.h"
#include "agent/serve/agent_snapshot.h"
#include "agent/watch/tick_store.h"

namespace seep::agent {

using Services = std::map<std::string, std::unique_ptr<Service>>;  // by name

struct AgentState {
  const Services& services;
  const VerdictWatch& verdicts;
  const TickStore& store;
  LoadCollector& load;
  double started_at_s = 0;  // CLOCK_REALTIME
  uint64_t ticks = 0;       // so far
  uint64_t refused = 0;     // services beyond the most that are watched
};
serve::AgentSnapshot SnapshotOf(const AgentState& state);

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
// Snapshots for the tests: one small one with every kind of figure in it, and one of any size.
#pragma once

#include "agent/serve/agent_snapshot.h"

namespace seep::serve {

inline constexpr double kExampleTime_s = 1700000000;

// Two targets, one of which leaks 9 MiB/h at one of its two stacks, all dependencies in different
// states, all of model::metric.
AgentSnapshot ExampleSnapshot();

// `targets` with `stacks` growing stacks each; labels as long and as odd as they get.
AgentSnapshot LargeSnapshot(size_t targets, size_t stacks);

}  // namespace seep::serve

// SPDX-License-Identifier: Apache-2.0
// A snapshot as Prometheus' metric families. Every name, unit and label is in docs/prometheus.md.
//
// Cardinality is bounded whatever the snapshot holds. What is beyond a bound is summed up in one
// series with the label value `other` (counters and times excepted: a sum over a changing set of
// processes is no counter).
#pragma once

#include <vector>

#include <prometheus/metric_family.h>

#include "agent/serve/agent_snapshot.h"
#include "agent/serve/family_set.h"

namespace seep::serve {

inline constexpr size_t kMostTargets = 200;
inline constexpr size_t kMostStacks = 10;         // of a target
inline constexpr size_t kMostMeasurements = 128;  // of a target
inline constexpr size_t kMostGrowth = 16;         // metrics of a target that have been analysed
inline constexpr size_t kMostLoadSources = 8;     // of a service
inline constexpr size_t kMostDrift = 5 * kMostLoadSources;  // of a service: metrics of its sources
inline constexpr size_t kMostDependencies = 250;
inline constexpr size_t kMostQueues = 32;
inline constexpr char kOther[] = "other";

std::vector<prometheus::MetricFamily> MetricFamiliesOf(const AgentSnapshot& snapshot);

// The parts of the above.
void AddAgentFamilies(const AgentSnapshot& snapshot, FamilySet& families);
void AddTargetFamilies(const std::vector<TargetState>& targets, FamilySet& families);
void AddServiceFamilies(const std::vector<ServiceState>& services, FamilySet& families);
void AddStackFamilies(const TargetState& target, const Labels& target_labels, FamilySet& families);
// What the stacks beyond a bound grow by and hold together.
void AddOtherStacks(double growth_bytes_per_hour, double live_bytes, const Labels& target_labels,
                    FamilySet& families);

}  // namespace seep::serve

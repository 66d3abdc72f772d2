// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/metric_families.h"

namespace seep::serve {

std::vector<prometheus::MetricFamily> MetricFamiliesOf(const AgentSnapshot& snapshot) {
  FamilySet families;
  AddAgentFamilies(snapshot, families);
  AddServiceFamilies(snapshot.services, families);
  AddTargetFamilies(snapshot.targets, families);
  return families.Take();
}

}  // namespace seep::serve

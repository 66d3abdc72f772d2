// SPDX-License-Identifier: Apache-2.0
// seep_service_*: what the processes of a service have together, and what the verdict on it is.
#include <algorithm>

#include "agent/serve/label.h"
#include "agent/serve/metric_families.h"

namespace seep::serve {

void AddServiceFamilies(const std::vector<ServiceState>& services, FamilySet& families) {
  const size_t shown = std::min(services.size(), kMostTargets);
  for (size_t i = 0; i < shown; ++i) {
    const ServiceState& service = services[i];
    const Labels labels{{"service", LabelValue(service.name)}};
    families.Gauge("seep_service_processes", "Processes that live", labels,
                   static_cast<double>(service.processes));
    families.Gauge("seep_service_memory_bytes",
                   "Memory of all processes: PSS, or RSS and swap where one has no PSS", labels,
                   service.memory_bytes);
    families.Gauge("seep_service_fds", "Open file descriptors of all processes", labels,
                   service.fds);
    families.Gauge("seep_service_threads", "Threads of all processes", labels, service.threads);
    if (!service.growth_class) continue;
    for (int c = 0; c <= static_cast<int>(model::GrowthClass::kDrift); ++c) {
      Labels with_class = labels;
      with_class.push_back({"class", model::ToString(static_cast<model::GrowthClass>(c))});
      families.Gauge("seep_service_verdict",
                     "1 for the class that the service is in, over restarts and all processes",
                     with_class, c == static_cast<int>(*service.growth_class) ? 1 : 0);
    }
  }
}

}  // namespace seep::serve

// SPDX-License-Identifier: Apache-2.0
// seep_service_*: what the processes of a service have together, how it answers, and what the
// verdict on it is.
#include <algorithm>

#include "agent/serve/label.h"
#include "agent/serve/metric_families.h"

namespace seep::serve {
namespace {

void AddLoad(const ServiceState& service, const Labels& labels, FamilySet& families) {
  for (size_t i = 0; i < std::min(service.load.size(), kMostLoadSources); ++i) {
    const LoadState& load = service.load[i];
    Labels with_source = labels;
    with_source.push_back({"source", LabelValue(load.source)});
    families.Gauge("seep_service_requests_per_second", "Requests that were answered, well or not",
                   with_source, load.requests_per_s);
    families.Gauge("seep_service_error_ratio", "Share of the answers that were errors", with_source,
                   load.error_share);
    families.Gauge("seep_service_latency_p50_seconds", "Half of the answers took at most so long",
                   with_source, load.latency.p50_s);
    families.Gauge("seep_service_latency_p95_seconds", "95 % of the answers took at most so long",
                   with_source, load.latency.p95_s);
    families.Gauge("seep_service_latency_p99_seconds", "99 % of the answers took at most so long",
                   with_source, load.latency.p99_s);
  }
}

void AddDrift(const ServiceState& service, const Labels& labels, FamilySet& families) {
  for (size_t i = 0; i < std::min(service.drift.size(), kMostDrift); ++i) {
    const DriftState& drift = service.drift[i];
    Labels with_metric = labels;
    with_metric.push_back({"source", LabelValue(drift.source)});
    with_metric.push_back({"metric", LabelValue(drift.metric)});
    families.Gauge("seep_service_drift", "1: its answers become slower, fewer or wrong",
                   with_metric, drift.is_drifting ? 1 : 0);
    families.Gauge("seep_service_drift_ratio", "Change of the metric since the change began",
                   with_metric, drift.change);
  }
}

}  // namespace

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
    AddLoad(service, labels, families);
    AddDrift(service, labels, families);
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

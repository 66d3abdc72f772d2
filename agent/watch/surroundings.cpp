// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/surroundings.h"

#include <optional>

#include "probes/proc/cgroup.h"
#include "probes/proc/pressure.h"
#include "probes/proc/shared_memory.h"

namespace seep::agent {
namespace {

namespace metric = model::metric;

struct PressureMetrics {
  const char* resource;
  const char* some;
  const char* full;
  const char* some_seconds;
  const char* full_seconds;
};
constexpr PressureMetrics kPressures[] = {
    {"memory", metric::kPsiMemorySome, metric::kPsiMemoryFull, metric::kPsiMemorySomeSeconds,
     metric::kPsiMemoryFullSeconds},
    {"io", metric::kPsiIoSome, metric::kPsiIoFull, metric::kPsiIoSomeSeconds,
     metric::kPsiIoFullSeconds},
    {"cpu", metric::kPsiCpuSome, metric::kPsiCpuFull, metric::kPsiCpuSomeSeconds,
     metric::kPsiCpuFullSeconds},
};

}  // namespace

void Surroundings::Measure(pid_t pid, std::vector<model::Measurement>* measurements) {
  const std::string group = proc::OwnGroup(pid);
  if (!groups_.insert(group).second) return;
  // What is not known is not written.
  const auto add = [measurements](const char* name, const char* unit, auto value) {
    if (value) measurements->push_back({name, unit, static_cast<double>(*value)});
  };
  if (!group.empty()) {
    const proc::GroupMemory memory = proc::ReadGroupMemory(group);
    add(metric::kGroupMemory, "bytes", memory.current);
    add(metric::kGroupAnon, "bytes", memory.anon);
    add(metric::kGroupFile, "bytes", memory.file);
    add(metric::kGroupKernel, "bytes", memory.kernel);
    add(metric::kGroupSock, "bytes", memory.sock);
    add(metric::kGroupShmem, "bytes", memory.shmem);
  }
  for (const PressureMetrics& names : kPressures) {
    const proc::Pressure pressure = proc::ReadPressure(group, names.resource);
    add(names.some, "%", pressure.some_percent);
    add(names.full, "%", pressure.full_percent);
    add(names.some_seconds, "seconds", pressure.some_seconds);
    add(names.full_seconds, "seconds", pressure.full_seconds);
  }
  add(metric::kDevShm, "bytes", proc::ReadDevShmBytes(pid));
}

}  // namespace seep::agent

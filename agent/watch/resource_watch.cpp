// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/resource_watch.h"

#include <algorithm>
#include <utility>

#include "probes/proc/descriptors.h"
#include "probes/proc/resource_limits.h"
#include "probes/proc/resource_sample.h"
#include "probes/proc/shared_memory.h"

namespace seep::agent {
namespace {

namespace metric = model::metric;
using Measurements = std::vector<model::Measurement>;

void Add(const char* name, const char* unit, uint64_t value, Measurements* measurements) {
  measurements->push_back({name, unit, static_cast<double>(value)});
}

// What a process never has is not written: 0 is said from its first one on.
void AddOnceSeen(const char* name, const char* unit, uint64_t value, bool* has_been,
                 Measurements* measurements) {
  *has_been = *has_been || value != 0;
  if (*has_been) Add(name, unit, value, measurements);
}

}  // namespace

void Pace::Looked(double t_s, double took_s) {
  const double rest_s = rest_ * std::min(took_s, std::exchange(took_s_, took_s));
  next_s_ = t_s + std::max(rest_s, took_s / kMostShare);
}

void ResourceWatch::Measure(double t_s, const proc::ProcessSample& sample,
                            std::optional<uint64_t> mappings, Measurements* measurements) {
  Add(metric::kMinorFaults, "faults", sample.minor_faults, measurements);
  Add(metric::kMajorFaults, "faults", sample.major_faults, measurements);
  if (const auto bytes = proc::ReadStorageBytes(pid_)) {
    Add(metric::kIoRead, "bytes", bytes->read, measurements);
    Add(metric::kIoWritten, "bytes", bytes->written, measurements);
  }
  if (mappings) {
    Add(metric::kMappings, "mappings", *mappings, measurements);
  } else if (mappings_.IsDue(t_s)) {
    if (const auto counted = proc::CountMappings(pid_)) {
      mappings_.Looked(t_s, counted->took_s);
      Add(metric::kMappings, "mappings", counted->count, measurements);
    }
  }
  if (zombies_.IsDue(t_s)) {
    const proc::Zombies zombies = proc::CountZombies(pid_);
    zombies_.Looked(t_s, zombies.took_s);
    AddOnceSeen(metric::kZombies, "processes", zombies.count, &has_had_zombies_, measurements);
  }
  if (switches_.IsDue(t_s)) {
    if (const auto switches = proc::ReadContextSwitches(pid_)) {
      switches_.Looked(t_s, switches->took_s);
      Add(metric::kVoluntarySwitches, "switches", switches->voluntary, measurements);
      Add(metric::kInvoluntarySwitches, "switches", switches->involuntary, measurements);
    }
  }
  if (sample.has_fds && descriptors_.IsDue(t_s)) AddDescriptors(t_s, measurements);
  if (const auto bytes = proc::ReadSysvBytes(pid_)) {
    AddOnceSeen(metric::kSysvShm, "bytes", *bytes, &has_had_sysv_, measurements);
  }
  AddLimits(measurements);
}

void ResourceWatch::AddDescriptors(double t_s, Measurements* measurements) {
  const auto found = proc::ReadDescriptors(pid_);
  if (!found) return;
  descriptors_.Looked(t_s, found->took_s);
  for (size_t i = 0; i < proc::kDescriptorKinds; ++i) {
    if (found->counts[i] != 0) seen_[i] = 1;
    if (seen_[i] == 0) continue;
    Add(proc::MetricOf(static_cast<proc::DescriptorKind>(i)), "fds", found->counts[i],
        measurements);
  }
  AddOnceSeen(metric::kDeletedFiles, "bytes", found->deleted_bytes, &has_had_deleted_,
              measurements);
  AddOnceSeen(metric::kMemoryFiles, "bytes", found->memory_bytes, &has_had_memory_files_,
              measurements);
}

void ResourceWatch::AddLimits(Measurements* measurements) {
  const proc::ResourceLimits limits = proc::ReadResourceLimits(pid_);
  const auto add = [&](const char* name, const char* unit, std::optional<uint64_t> limit) {
    if (!limit) return;
    const auto value = static_cast<double>(*limit);
    const auto [known, is_new] = limits_.emplace(name, value);
    if (!is_new && known->second == value) return;
    known->second = value;
    measurements->push_back({name, unit, value});
  };
  add(metric::kLimitFds, "fds", limits.fds);
  add(metric::kLimitMappings, "mappings", limits.mappings);
  add(metric::kLimitThreads, "threads", limits.threads);
}

}  // namespace seep::agent

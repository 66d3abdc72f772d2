// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/blind_spots.h"

#include <fcntl.h>
#include <unistd.h>

#include "probes/proc/cgroup.h"
#include "probes/proc/pressure.h"
#include "probes/proc/process_sample.h"
#include "storage/model/descriptor.h"
#include "storage/model/error.h"

namespace seep::agent {

std::vector<std::string> BlindSpots(pid_t pid) {
  std::vector<std::string> lines;
  if (geteuid() == 0) return lines;
  const std::string name = "pid " + std::to_string(pid);
  const auto sample = proc::ReadSample(pid);
  if (!sample) return lines;  // it has just ended
  if (!sample->has_fds) {
    lines.push_back("not seen: descriptors of " + name + ", of another user; run seep as root");
  }
  // Opened, not read: reading it holds up the process.
  const std::string smaps = "/proc/" + std::to_string(pid) + "/smaps";
  if (!model::Descriptor(open(smaps.c_str(), O_RDONLY | O_CLOEXEC)).is_open()) {
    lines.push_back("not seen: parts of the memory of " + name + ": " +
                    model::FailErrno(smaps).error().message);
  }
  const std::string group = proc::OwnGroup(pid);
  if (group.empty() || !proc::ReadGroupMemory(group).current) {
    lines.push_back("not seen: memory and limit of the control group of " + name +
                    ", which is not mounted here; --limit SIZE makes forecasts possible");
  }
  if (!proc::ReadPressure(group, "memory").some_percent) {
    lines.push_back("not seen: pressure (/proc/pressure), which this kernel or container hides");
  }
  return lines;
}

}  // namespace seep::agent

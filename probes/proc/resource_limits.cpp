// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/resource_limits.h"

#include <algorithm>

#include "probes/proc/cgroup.h"
#include "probes/proc/files.h"

namespace seep::proc {
namespace {

void Lower(std::optional<uint64_t>* limit, std::optional<uint64_t> other) {
  if (other && (!*limit || *other < **limit)) *limit = other;
}

std::optional<uint64_t> ReadNumber(const std::string& path) {
  const auto text = ReadFile(path);
  return text ? ParseNumber(*text) : std::nullopt;  // "max": none
}

}  // namespace

ResourceLimits ReadResourceLimits(pid_t pid) {
  return ReadResourceLimits("/proc", "/sys/fs/cgroup", std::to_string(pid));
}

ResourceLimits ReadResourceLimits(const std::string& proc, const std::string& cgroups,
                                  const std::string& pid) {
  ResourceLimits limits;
  limits.mappings = ReadNumber(proc + "/sys/vm/max_map_count");
  limits.threads = ReadNumber(proc + "/sys/kernel/threads-max");
  if (const auto text = ReadFile(proc + "/" + pid + "/limits")) {
    limits.fds = FindSoftLimit(*text, "Max open files");
    const auto status = ReadFile(proc + "/" + pid + "/status");
    // Root's processes may be as many as they like, setrlimit(2).
    const bool is_root = status && FindField(*status, "Uid") == 0u;
    if (!is_root) Lower(&limits.threads, FindSoftLimit(*text, "Max processes"));
  }
  if (const auto groups = ReadFile(proc + "/" + pid + "/cgroup")) {
    for (const char* controller : {"", "pids"}) {
      for (const std::string& folder : GroupFolders(*groups, cgroups, controller)) {
        Lower(&limits.threads, ReadNumber(folder + "/pids.max"));
      }
    }
  }
  return limits;
}

}  // namespace seep::proc

// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/memory_limit.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

class Limits {
 public:
  explicit Limits(uint64_t rss_bytes) : rss_bytes_(rss_bytes) {}

  void Consider(std::optional<uint64_t> bytes, const char* source) {
    if (bytes && *bytes > 0 && (smallest_.bytes == 0 || *bytes < smallest_.bytes)) {
      smallest_ = {*bytes, source};
    }
  }
  // A file of a group with a number in it ("max": no limit). What others in the group hold, and the
  // kernel cannot take from them, is not ours to have: the fields of memory.stat named `held`.
  void ConsiderGroup(const std::string& group, const char* file, const char* source,
                     std::initializer_list<const char*> held) {
    const auto text = ReadFile(group + "/" + file);
    const auto limit = text ? ParseNumber(*text) : std::nullopt;
    if (!limit) return;
    uint64_t held_bytes = 0;
    if (const auto stat = ReadFile(group + "/memory.stat")) {
      for (const char* name : held) held_bytes += FindWord(*stat, name).value_or(0);
    }
    const uint64_t others = held_bytes - std::min(held_bytes, rss_bytes_);
    Consider(*limit - std::min(*limit, others), source);
  }
  const MemoryLimit& smallest() const { return smallest_; }

 private:
  uint64_t rss_bytes_;
  MemoryLimit smallest_;
};

void ConsiderGroups(std::string_view groups, const std::string& root, Limits* limits) {
  // Lines "ID:CONTROLLERS:PATH"; version 2 has no controllers.
  while (!groups.empty()) {
    const size_t end = std::min(groups.find('\n'), groups.size());
    const std::string_view line = groups.substr(0, end);
    groups.remove_prefix(std::min(end + 1, groups.size()));
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string path(line.substr(second + 1));
    if (!path.starts_with('/')) continue;
    if (path == "/") path.clear();
    // Every group may have a limit, up to the root, which in a container is a group like others.
    for (;; path.resize(path.rfind('/'))) {
      if (controllers == "memory") {
        limits->ConsiderGroup(root + "/memory" + path, "memory.limit_in_bytes",
                              "cgroup memory.limit_in_bytes", {"total_rss", "total_shmem"});
      } else if (controllers.empty()) {
        const auto held = {"anon", "shmem", "kernel_stack", "pagetables", "slab_unreclaimable"};
        limits->ConsiderGroup(root + path, "memory.max", "cgroup memory.max", held);
        limits->ConsiderGroup(root + path, "memory.high", "cgroup memory.high", held);
      }
      if (path.empty()) break;
    }
  }
}

}  // namespace

MemoryLimit FindMemoryLimit(pid_t pid, uint64_t rss_bytes) {
  return FindMemoryLimit("/proc", "/sys/fs/cgroup", std::to_string(pid), rss_bytes);
}

MemoryLimit FindMemoryLimit(const std::string& proc, const std::string& cgroups,
                            const std::string& pid, uint64_t rss_bytes) {
  Limits limits(rss_bytes);
  if (const auto text = ReadFile(proc + "/meminfo")) {
    limits.Consider(FindField(*text, "MemTotal"), "host memory");
  }
  if (const auto text = ReadFile(proc + "/" + pid + "/limits")) {
    limits.Consider(FindSoftLimit(*text, "Max address space"), "RLIMIT_AS");
    limits.Consider(FindSoftLimit(*text, "Max data size"), "RLIMIT_DATA");
  }
  if (const auto text = ReadFile(proc + "/" + pid + "/cgroup")) {
    ConsiderGroups(*text, cgroups, &limits);
  }
  return limits.smallest();
}

}  // namespace seep::proc

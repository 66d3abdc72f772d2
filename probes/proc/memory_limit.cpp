// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/memory_limit.h"

#include <algorithm>
#include <string_view>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

// Takes the limit in `path` when it is a number and smaller ("max" is none).
void Consider(const std::string& path, const char* source, MemoryLimit* limit) {
  const auto text = ReadFile(path);
  if (!text) return;
  const auto bytes = ParseNumber(*text);
  if (bytes && *bytes > 0 && (limit->bytes == 0 || *bytes < limit->bytes)) {
    *limit = {*bytes, source};
  }
}

}  // namespace

MemoryLimit FindMemoryLimit(pid_t pid) {
  MemoryLimit limit;
  if (const auto text = ReadFile("/proc/meminfo")) {
    if (const auto total = FindField(*text, "MemTotal")) limit = {*total, "host memory"};
  }
  // Lines "ID:CONTROLLERS:PATH"; version 2 has no controllers.
  const auto groups = ReadFile("/proc/" + std::to_string(pid) + "/cgroup");
  if (!groups) return limit;
  std::string_view rest = *groups;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string path(line.substr(second + 1));
    if (controllers == "memory") {
      Consider("/sys/fs/cgroup/memory" + path + "/memory.limit_in_bytes",
               "cgroup memory.limit_in_bytes", &limit);
    }
    if (!controllers.empty()) continue;
    // Every group up to the root may have a limit.
    for (; path.size() > 1; path.resize(path.rfind('/'))) {
      Consider("/sys/fs/cgroup" + path + "/memory.max", "cgroup memory.max", &limit);
    }
  }
  return limit;
}

}  // namespace seep::proc

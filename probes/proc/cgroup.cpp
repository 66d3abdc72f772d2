// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/cgroup.h"

#include <unistd.h>

#include <algorithm>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

bool IsListed(std::string_view controllers, std::string_view name) {
  while (!controllers.empty()) {
    const size_t comma = std::min(controllers.find(','), controllers.size());
    if (controllers.substr(0, comma) == name) return true;
    controllers.remove_prefix(std::min(comma + 1, controllers.size()));
  }
  return false;
}

std::string RootOf(const std::string& root, std::string_view controller) {
  if (!controller.empty()) return root + "/" + std::string(controller);
  const bool is_unified = access((root + "/cgroup.controllers").c_str(), F_OK) == 0;
  return is_unified ? root : root + "/unified";
}

}  // namespace

// Lines "ID:CONTROLLERS:PATH"; version 2 has no controllers.
std::vector<std::string> GroupFolders(std::string_view groups, const std::string& root,
                                      std::string_view controller) {
  std::vector<std::string> folders;
  while (!groups.empty()) {
    const std::string_view line = TakeLine(&groups);
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const bool is_wanted =
        controller.empty() ? controllers.empty() : IsListed(controllers, controller);
    std::string path(line.substr(second + 1));
    if (!is_wanted || !path.starts_with('/')) continue;
    if (path == "/") path.clear();
    const std::string base = RootOf(root, controller);
    for (;; path.resize(path.rfind('/'))) {
      folders.push_back(base + path);
      if (path.empty()) break;
    }
    break;
  }
  return folders;
}

std::string OwnGroup(pid_t pid) {
  const auto groups = ReadFile("/proc/" + std::to_string(pid) + "/cgroup");
  if (!groups) return {};
  const auto folders = GroupFolders(*groups, "/sys/fs/cgroup", "");
  return folders.empty() ? std::string() : folders.front();
}

GroupMemory ReadGroupMemory(const std::string& folder) {
  GroupMemory memory;
  const auto current = ReadFile(folder + "/memory.current");
  if (!current) return memory;  // the root group: that is the machine
  memory.current = ParseNumber(*current);
  const auto stat = ReadFile(folder + "/memory.stat");
  if (!stat) return memory;
  memory.anon = FindWord(*stat, "anon");
  memory.file = FindWord(*stat, "file");
  memory.kernel = FindWord(*stat, "kernel");  // since Linux 5.18
  memory.sock = FindWord(*stat, "sock");
  memory.shmem = FindWord(*stat, "shmem");
  return memory;
}

}  // namespace seep::proc

// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/mappings.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "probes/proc/files.h"

namespace seep::attach {

model::Result<std::vector<Mapping>> ReadMappings(pid_t pid) {
  const auto text = proc::ReadFile("/proc/" + std::to_string(pid) + "/maps");
  if (!text) return std::unexpected(text.error());
  std::vector<Mapping> mappings;
  for (size_t at = 0; at < text->size();) {
    const size_t end = std::min(text->find('\n', at), text->size());
    const std::string line = text->substr(at, end - at);
    at = end + 1;
    Mapping mapping;
    std::array<char, 5> rights{};
    int path = 0;
    // "START-END RIGHTS OFFSET DEVICE INODE      PATH"
    if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %n", &mapping.start,
                    &mapping.end, rights.data(), &path) != 3) {
      continue;
    }
    mapping.is_readable = rights[0] == 'r';
    mapping.is_writable = rights[1] == 'w';
    mapping.is_executable = rights[2] == 'x';
    if (path > 0) mapping.path = line.substr(static_cast<size_t>(path));
    mappings.push_back(std::move(mapping));
  }
  return mappings;
}

size_t FindMapping(const std::vector<Mapping>& mappings, uint64_t address) {
  const auto after = std::upper_bound(
      mappings.begin(), mappings.end(), address,
      [](uint64_t wanted, const Mapping& mapping) { return wanted < mapping.end; });
  const bool is_found = after != mappings.end() && after->Holds(address);
  return is_found ? static_cast<size_t>(after - mappings.begin()) : mappings.size();
}

}  // namespace seep::attach

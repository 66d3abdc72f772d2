// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/mounts.h"

#include <algorithm>
#include <iterator>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

bool IsMemoryType(std::string_view type) {
  constexpr std::string_view kTypes[] = {"tmpfs", "devtmpfs", "ramfs", "hugetlbfs"};
  return std::find(std::begin(kTypes), std::end(kTypes), type) != std::end(kTypes);
}

bool IsRemoteType(std::string_view type) {
  constexpr std::string_view kPrefixes[] = {"nfs",    "cifs",  "smb",  "fuse",     "9p",
                                            "ceph",   "afs",   "coda", "lustre",   "glusterfs",
                                            "autofs", "ocfs2", "gfs2", "orangefs", "virtiofs"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [type](std::string_view prefix) { return type.starts_with(prefix); });
}

// Blanks of a path are written as "\040", proc(5).
std::string Unescape(std::string_view text) {
  const auto digit = [&](size_t at) {
    return at < text.size() && text[at] >= '0' && text[at] <= '7' ? text[at] - '0' : -1;
  };
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && digit(i + 1) >= 0 && digit(i + 2) >= 0 && digit(i + 3) >= 0) {
      path += static_cast<char>(64 * digit(i + 1) + 8 * digit(i + 2) + digit(i + 3));
      i += 3;
    } else {
      path += text[i];
    }
  }
  return path;
}

}  // namespace

Mounts Mounts::Read(pid_t pid) {
  return Mounts(ReadFile("/proc/" + std::to_string(pid) + "/mountinfo").value_or(""));
}

// "36 35 0:31 / /dev/shm rw,nosuid shared:4 - tmpfs tmpfs rw", proc(5)
Mounts::Mounts(std::string_view mountinfo) {
  while (!mountinfo.empty()) {
    std::string_view line = TakeLine(&mountinfo);
    const size_t dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view behind = line.substr(dash + 3);
    const std::string_view type = TakeWord(&behind);
    TakeWord(&line);
    TakeWord(&line);
    const std::string_view device = TakeWord(&line);
    TakeWord(&line);  // root
    mounts_.push_back({Unescape(TakeWord(&line)), IsRemoteType(type)});
    has_remote_ = has_remote_ || mounts_.back().is_remote;
    const size_t colon = device.find(':');
    if (!IsMemoryType(type) || colon == std::string_view::npos) continue;
    const auto major = ParseNumber(device);
    const auto minor = ParseNumber(device.substr(colon + 1));
    if (major && minor) {
      memory_devices_.emplace_back(static_cast<unsigned>(*major), static_cast<unsigned>(*minor));
    }
  }
}

bool Mounts::IsInMemory(unsigned major, unsigned minor) const {
  return std::find(memory_devices_.begin(), memory_devices_.end(), std::pair(major, minor)) !=
         memory_devices_.end();
}

bool Mounts::IsRemote(std::string_view path) const {
  if (!has_remote_) return false;
  // The mount that the path is in has the longest name; of two with the same the later one is seen.
  const Mount* innermost = nullptr;
  for (const Mount& mount : mounts_) {
    const bool is_below = path.starts_with(mount.point) &&
                          (mount.point.ends_with('/') || path.size() == mount.point.size() ||
                           path[mount.point.size()] == '/');
    if (!is_below) continue;
    if (innermost == nullptr || mount.point.size() >= innermost->point.size()) innermost = &mount;
  }
  return innermost != nullptr && innermost->is_remote;
}

}  // namespace seep::proc

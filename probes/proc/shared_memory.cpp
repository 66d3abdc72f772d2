// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/shared_memory.h"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <string>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

bool IsInOurNamespace(pid_t pid, const char* kind) {
  struct stat ours {};
  struct stat theirs {};
  const std::string name = std::string("/ns/") + kind;
  return stat(("/proc/self" + name).c_str(), &ours) == 0 &&
         stat(("/proc/" + std::to_string(pid) + name).c_str(), &theirs) == 0 &&
         ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

}  // namespace

// "key shmid perms size cpid lpid nattch uid gid cuid cgid atime dtime ctime rss swap", proc(5)
uint64_t SumSysvBytes(std::string_view table, pid_t creator) {
  constexpr size_t kCreatorField = 4;
  constexpr size_t kRssField = 14;
  constexpr size_t kSwapField = 15;
  uint64_t bytes = 0;
  TakeLine(&table);  // the head
  while (!table.empty()) {
    std::string_view line = TakeLine(&table);
    bool is_its = false;
    for (size_t field = 0; field <= kSwapField; ++field) {
      const std::string_view word = TakeWord(&line);
      if (field == kCreatorField) is_its = ParseNumber(word) == static_cast<uint64_t>(creator);
      if (is_its && field >= kRssField) bytes += ParseNumber(word).value_or(0);
    }
  }
  return bytes;
}

std::optional<uint64_t> ReadSysvBytes(pid_t pid) {
  if (!IsInOurNamespace(pid, "ipc") || !IsInOurNamespace(pid, "pid")) return std::nullopt;
  const auto table = ReadFile("/proc/sysvipc/shm");
  if (!table) return std::nullopt;
  return SumSysvBytes(*table, pid);
}

std::optional<uint64_t> ReadDevShmBytes(pid_t pid) {
  struct statfs status {};
  const std::string path = "/proc/" + std::to_string(pid) + "/root/dev/shm";
  if (statfs(path.c_str(), &status) != 0 || status.f_type != TMPFS_MAGIC) return std::nullopt;
  return (status.f_blocks - status.f_bfree) * static_cast<uint64_t>(status.f_bsize);
}

}  // namespace seep::proc

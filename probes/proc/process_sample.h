// SPDX-License-Identifier: Apache-2.0
// What /proc tells of one process. Any thread; each call opens, reads and closes its files.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/error.h"

namespace seep::proc {

// The cheap files (status, stat, fd): about 30 us at any size of the process. Bytes, counts and
// seconds. kNotFound: the process has ended.
struct ProcessSample {
  uint64_t rss_anon_bytes = 0;
  uint64_t rss_file_bytes = 0;
  uint64_t rss_shmem_bytes = 0;
  uint64_t swap_bytes = 0;
  uint64_t vm_bytes = 0;  // address space
  uint64_t threads = 0;
  uint64_t fds = 0;  // 0 with has_fds false: not ours to see
  bool has_fds = false;
  double cpu_seconds = 0;     // user + system, cumulative
  uint64_t minor_faults = 0;  // cumulative
  uint64_t major_faults = 0;  // those that had to read
};
model::Result<ProcessSample> ReadSample(pid_t pid);

// Constant until an exec.
struct ProcessIdentity {
  pid_t pid = 0;
  pid_t parent_pid = 0;
  uint64_t start_ticks = 0;  // stat field 22; (boot, pid, start_ticks) is unique
  bool is_zombie = false;
};
model::Result<ProcessIdentity> ReadIdentity(pid_t pid);

// How many it has open; nothing: that cannot be read.
std::optional<uint64_t> CountDescriptors(pid_t pid);

// Empty when unreadable.
std::string ReadExe(pid_t pid);          // /proc/PID/exe, else the command name in brackets
std::string ReadCommandLine(pid_t pid);  // arguments joined by blanks
std::vector<pid_t> ReadChildren(pid_t pid);

// True when a mapping of the process comes from a file of that name, deleted or not.
bool HasMapped(pid_t pid, const std::string& file_name);

// The files that the process executes code from: its program and its libraries. Empty when
// unreadable.
std::vector<std::string> ReadCodeFiles(pid_t pid);
// The value of a variable in the environment that the process was started with; empty: not set, or
// not ours to see.
std::string ReadEnvironment(pid_t pid, const std::string& name);

std::string ReadBootId();

}  // namespace seep::proc

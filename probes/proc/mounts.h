// SPDX-License-Identifier: Apache-2.0
// The file systems that a process sees, as far as it matters what they are.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seep::proc {

class Mounts {
 public:
  // Of /proc/PID/mountinfo; without one: nothing is known of any.
  static Mounts Read(pid_t pid);
  explicit Mounts(std::string_view mountinfo);

  // tmpfs and the like: what lies there is memory.
  bool IsInMemory(unsigned major, unsigned minor) const;
  // Network and user-space file systems: a stat there may wait for a server that is gone.
  bool IsRemote(std::string_view path) const;

 private:
  struct Mount {
    std::string point;
    bool is_remote = false;
  };
  std::vector<std::pair<unsigned, unsigned>> memory_devices_;
  std::vector<Mount> mounts_;
  bool has_remote_ = false;
};

}  // namespace seep::proc

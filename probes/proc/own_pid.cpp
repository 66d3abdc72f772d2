// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/own_pid.h"

#include <dirent.h>

#include <string>
#include <string_view>

#include "probes/proc/files.h"
#include "probes/proc/process_sample.h"

namespace seep::proc {
namespace {

// Living, and not a zombie that waits for its parent.
std::optional<uint64_t> StartTicks(pid_t pid) {
  const auto identity = ReadIdentity(pid);
  if (!identity || identity->is_zombie) return std::nullopt;
  return identity->start_ticks;
}

}  // namespace

pid_t ReadOwnPid(pid_t pid) {
  const auto status = ReadFile("/proc/" + std::to_string(pid) + "/status");
  if (!status) return pid;
  // "NSpid:\t<ours>\t...\t<its own>", proc(5)
  constexpr std::string_view kKey = "\nNSpid:";
  const size_t line = status->find(kKey);
  if (line == std::string::npos) return pid;
  const size_t end = status->find('\n', line + kKey.size());
  const std::string pids = status->substr(line + kKey.size(), end - line - kKey.size());
  const auto innermost = ParseNumber(std::string_view(pids).substr(pids.find_last_of("\t ") + 1));
  return innermost ? static_cast<pid_t>(*innermost) : pid;
}

std::optional<pid_t> LivingProcesses::Find(pid_t own_pid, uint64_t start_ticks) {
  if (StartTicks(own_pid) == start_ticks && ReadOwnPid(own_pid) == own_pid) return own_pid;
  if (!elsewhere_) {
    elsewhere_.emplace();
    DIR* directory = opendir("/proc");
    while (const dirent* entry = directory != nullptr ? readdir(directory) : nullptr) {
      const auto pid = ParseNumber(entry->d_name);
      if (!pid) continue;
      const auto ours = static_cast<pid_t>(*pid);
      const pid_t own = ReadOwnPid(ours);
      if (own == ours) continue;
      if (const auto started = StartTicks(ours)) elsewhere_->insert({{own, *started}, ours});
    }
    if (directory != nullptr) closedir(directory);
  }
  const auto found = elsewhere_->find({own_pid, start_ticks});
  if (found == elsewhere_->end()) return std::nullopt;
  return found->second;
}

}  // namespace seep::proc

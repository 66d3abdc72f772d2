// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/target_rules.h"

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

#include "agent/watch/clock.h"
#include "probes/proc/files.h"

namespace seep::agent {
namespace {

// From fork to exec it is a copy of its parent.
constexpr double kYoungSeconds = 5;

std::vector<pid_t> ListPids() {
  std::vector<pid_t> pids;
  DIR* directory = opendir("/proc");
  if (directory == nullptr) return pids;
  while (const dirent* entry = readdir(directory)) {
    pid_t pid = 0;
    const char* end = entry->d_name + strlen(entry->d_name);
    const auto [rest, failure] = std::from_chars(entry->d_name, end, pid);
    if (failure == std::errc{} && rest == end) pids.push_back(pid);
  }
  closedir(directory);
  return pids;
}

double AgeSeconds(const proc::ProcessIdentity& process) {
  return static_cast<double>(NowNanoseconds(CLOCK_BOOTTIME)) / 1e9 -
         static_cast<double>(process.start_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// A line of /proc/PID/cgroup ends in ":PATH"; of version 1 there are several.
bool IsInCgroup(pid_t pid, const std::string& cgroup) {
  const auto text = proc::ReadFile("/proc/" + std::to_string(pid) + "/cgroup");
  if (!text) return false;
  for (size_t at = text->find(":" + cgroup); at != std::string::npos;
       at = text->find(":" + cgroup, at + 1)) {
    const char after =
        at + 1 + cgroup.size() < text->size() ? (*text)[at + 1 + cgroup.size()] : '\n';
    if (after == '\n' || after == '/' || cgroup.ends_with('/')) return true;
  }
  return false;
}

}  // namespace

TargetRules::TargetRules(std::vector<TargetRule> rules) : rules_(std::move(rules)) {
  for (const TargetRule& rule : rules_) command_lines_.emplace_back(rule.cmdline);
}

const TargetRule* TargetRules::RuleOf(pid_t pid, const Known& program,
                                      const FromFiles& from_files) const {
  for (size_t i = 0; i < rules_.size(); ++i) {
    const TargetRule& rule = rules_[i];
    if (!rule.pid_file.empty() && !from_files.contains({i, pid})) continue;
    if (!rule.exe.empty() && fnmatch(rule.exe.c_str(), program.exe.c_str(), 0) != 0) continue;
    if (!rule.cgroup.empty() && !IsInCgroup(pid, rule.cgroup)) continue;
    if (!rule.cmdline.empty() && !std::regex_search(program.command_line, command_lines_[i])) {
      continue;
    }
    return &rule;
  }
  return nullptr;
}

TargetRules::FromFiles TargetRules::ReadPidFiles() const {
  FromFiles from_files;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].pid_file.empty()) continue;
    const auto text = proc::ReadFile(rules_[i].pid_file);
    const auto pid = text ? proc::ParseNumber(*text) : std::nullopt;
    if (pid) from_files.insert({i, static_cast<pid_t>(*pid)});
  }
  return from_files;
}

std::vector<TargetRules::Match> TargetRules::FindNew() {
  std::vector<Match> matches;
  if (rules_.empty()) return matches;
  const FromFiles from_files = ReadPidFiles();
  std::set<pid_t> named;  // a pid file may be written at any time
  for (const auto& [rule, pid] : from_files) named.insert(pid);
  std::map<std::pair<pid_t, uint64_t>, Known> present;
  for (const pid_t pid : ListPids()) {
    const auto process = proc::ReadIdentity(pid);
    if (!process || process->is_zombie) continue;
    const auto known = known_.find({pid, process->start_ticks});
    const bool is_known = known != known_.end();
    Known& program = present[{pid, process->start_ticks}];
    if (is_known && !known->second.is_young && !named.contains(pid)) {
      program = std::move(known->second);
      continue;
    }
    program = {proc::ReadExe(pid), proc::ReadCommandLine(pid),
               AgeSeconds(*process) <= kYoungSeconds};
    // Regular expressions take longer than looking whether it has become another program.
    const bool is_same = is_known && known->second.exe == program.exe &&
                         known->second.command_line == program.command_line;
    if (is_same && !named.contains(pid)) continue;
    if (const TargetRule* rule = RuleOf(pid, program, from_files)) {
      matches.push_back({rule, *process});
    }
  }
  known_ = std::move(present);
  return matches;
}

}  // namespace seep::agent

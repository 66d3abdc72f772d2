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

const TargetRule* TargetRules::RuleOf(pid_t pid,
                                      const std::set<std::pair<size_t, pid_t>>& from_files) const {
  const std::string exe = proc::ReadExe(pid);
  const std::string line = proc::ReadCommandLine(pid);
  for (size_t i = 0; i < rules_.size(); ++i) {
    const TargetRule& rule = rules_[i];
    if (!rule.exe.empty() && fnmatch(rule.exe.c_str(), exe.c_str(), 0) != 0) continue;
    if (!rule.cmdline.empty() && !std::regex_search(line, command_lines_[i])) continue;
    if (!rule.cgroup.empty() && !IsInCgroup(pid, rule.cgroup)) continue;
    if (!rule.pid_file.empty() && !from_files.contains({i, pid})) continue;
    return &rule;
  }
  return nullptr;
}

std::vector<TargetRules::Match> TargetRules::FindNew() {
  std::vector<Match> matches;
  if (rules_.empty()) return matches;
  std::set<std::pair<size_t, pid_t>> from_files;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (rules_[i].pid_file.empty()) continue;
    const auto text = proc::ReadFile(rules_[i].pid_file);
    const auto pid = text ? proc::ParseNumber(*text) : std::nullopt;
    if (pid) from_files.insert({i, static_cast<pid_t>(*pid)});
  }
  std::set<std::pair<pid_t, uint64_t>> settled;
  for (const pid_t pid : ListPids()) {
    const auto process = proc::ReadIdentity(pid);
    if (!process || process->is_zombie) continue;
    const std::pair<pid_t, uint64_t> key{pid, process->start_ticks};
    // A pid file may be written at any time.
    const bool is_decided = known_.contains(key) && from_files.empty();
    const TargetRule* rule = is_decided ? nullptr : RuleOf(pid, from_files);
    if (rule != nullptr) matches.push_back({rule, *process});
    if (is_decided || AgeSeconds(*process) > kYoungSeconds) settled.insert(key);
  }
  known_ = std::move(settled);
  return matches;
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/process_sample.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

using model::Errc;
using model::Fail;

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

// /proc/PID/stat behind the command name, which may hold blanks and brackets: field 3 (state)
// is [0], field n is [n - 3].
model::Result<std::vector<std::string>> ReadStatFields(pid_t pid) {
  auto text = ReadFile(ProcPath(pid, "stat"));
  if (!text) return std::unexpected(text.error());
  const size_t name_end = text->rfind(')');
  std::vector<std::string> fields;
  if (name_end != std::string::npos) {
    std::string_view rest = std::string_view(*text).substr(name_end + 1);
    while (!rest.empty()) {
      const size_t first = rest.find_first_not_of(" \n");
      if (first == std::string_view::npos) break;
      const size_t end = std::min(rest.find_first_of(" \n", first), rest.size());
      fields.emplace_back(rest.substr(first, end - first));
      rest.remove_prefix(end);
    }
  }
  constexpr size_t kFieldsNeeded = 20;  // up to starttime, field 22
  if (fields.size() < kFieldsNeeded) {
    return Fail(Errc::kCorrupt, ProcPath(pid, "stat") + " is cut short");
  }
  return fields;
}

uint64_t Field(const std::vector<std::string>& fields, size_t number) {
  return ParseNumber(fields[number - 3]).value_or(0);
}

}  // namespace

std::optional<uint64_t> CountDescriptors(pid_t pid) {
  const std::string path = ProcPath(pid, "fd");
  // Since Linux 6.2 the kernel says how many (commit f1f1f2569901): 2 us in place of 1 us each.
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && status.st_size > 0) {
    return static_cast<uint64_t>(status.st_size);
  }
  DIR* directory = opendir(path.c_str());
  if (directory == nullptr) return std::nullopt;
  int64_t count = -2;  // not "." and ".."
  while (readdir(directory) != nullptr) ++count;
  closedir(directory);
  return static_cast<uint64_t>(std::max<int64_t>(count, 0));
}

model::Result<ProcessSample> ReadSample(pid_t pid) {
  const auto status = ReadFile(ProcPath(pid, "status"));
  if (!status) return std::unexpected(status.error());
  const auto fields = ReadStatFields(pid);
  if (!fields) return std::unexpected(fields.error());
  const auto rss_anon = FindField(*status, "RssAnon");
  // A zombie has no memory any more: it has ended, whatever its entry says.
  if (!rss_anon) return Fail(Errc::kNotFound, "process " + std::to_string(pid) + " has ended");

  ProcessSample sample;
  sample.rss_anon_bytes = *rss_anon + FindField(*status, "HugetlbPages").value_or(0);
  sample.rss_file_bytes = FindField(*status, "RssFile").value_or(0);
  sample.rss_shmem_bytes = FindField(*status, "RssShmem").value_or(0);
  sample.swap_bytes = FindField(*status, "VmSwap").value_or(0);
  sample.vm_bytes = FindField(*status, "VmSize").value_or(0);
  sample.threads = FindField(*status, "Threads").value_or(0);
  const uint64_t cpu_ticks = Field(*fields, 14) + Field(*fields, 15);
  sample.cpu_seconds = static_cast<double>(cpu_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  sample.minor_faults = Field(*fields, 10);
  sample.major_faults = Field(*fields, 12);
  const auto fds = CountDescriptors(pid);
  sample.has_fds = fds.has_value();
  sample.fds = fds.value_or(0);
  return sample;
}

model::Result<ProcessIdentity> ReadIdentity(pid_t pid) {
  const auto fields = ReadStatFields(pid);
  if (!fields) return std::unexpected(fields.error());
  const char state = (*fields)[0][0];
  return ProcessIdentity{.pid = pid,
                         .parent_pid = static_cast<pid_t>(Field(*fields, 4)),
                         .start_ticks = Field(*fields, 22),
                         .is_zombie = state == 'Z' || state == 'X'};
}

std::string ReadExe(pid_t pid) {
  std::array<char, PATH_MAX> path;
  const ssize_t length = readlink(ProcPath(pid, "exe").c_str(), path.data(), path.size());
  if (length > 0) return std::string(path.data(), static_cast<size_t>(length));
  auto name = ReadFile(ProcPath(pid, "comm"));
  if (!name || name->empty()) return "";
  if (name->back() == '\n') name->pop_back();
  return "[" + *name + "]";
}

std::string ReadCommandLine(pid_t pid) {
  auto text = ReadFile(ProcPath(pid, "cmdline"));
  if (!text) return "";
  while (!text->empty() && text->back() == '\0') text->pop_back();
  std::replace(text->begin(), text->end(), '\0', ' ');
  return *text;
}

std::vector<pid_t> ReadChildren(pid_t pid) {
  std::vector<pid_t> children;
  // Any thread may have forked: each has a list of its own.
  const std::string tasks = ProcPath(pid, "task");
  DIR* directory = opendir(tasks.c_str());
  if (directory == nullptr) return children;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] == '.') continue;
    const auto list = ReadFile(tasks + "/" + entry->d_name + "/children");
    if (!list) continue;
    std::string_view rest = *list;
    while (const auto child = ParseNumber(rest)) {
      children.push_back(static_cast<pid_t>(*child));
      const size_t end = rest.find(' ', rest.find_first_not_of(' '));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end);
    }
  }
  closedir(directory);
  return children;
}

bool HasMapped(pid_t pid, const std::string& file_name) {
  const std::string name = "/" + file_name;
  bool has_mapped = false;
  const auto read = ForEachLine(ProcPath(pid, "maps"), [&](std::string_view line) {
    has_mapped = has_mapped || line.ends_with(name) || line.ends_with(name + " (deleted)");
  });
  return read && has_mapped;
}

std::string ReadEnvironment(pid_t pid, const std::string& name) {
  const auto text = ReadFile(ProcPath(pid, "environ"));
  for (size_t at = 0; text && at < text->size();) {
    const size_t end = std::min(text->find('\0', at), text->size());
    const std::string_view entry = std::string_view(*text).substr(at, end - at);
    if (entry.starts_with(name + "=")) return std::string(entry.substr(name.size() + 1));
    at = end + 1;
  }
  return "";
}

std::vector<std::string> ReadCodeFiles(pid_t pid) {
  std::vector<std::string> files;
  // "start-end r-xp offset device inode    /path", proc(5)
  const auto read = ForEachLine(ProcPath(pid, "maps"), [&files](std::string_view line) {
    const size_t permissions = line.find(' ');
    const size_t path = line.find('/');
    if (path == std::string_view::npos || line.compare(permissions + 3, 1, "x") != 0) return;
    if (!line.ends_with(" (deleted)")) files.emplace_back(line.substr(path));
  });
  if (!read) files.clear();
  return files;
}

std::string ReadBootId() {
  auto text = ReadFile("/proc/sys/kernel/random/boot_id");
  if (!text) return "";
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return *text;
}

}  // namespace seep::proc

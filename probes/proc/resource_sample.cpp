// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/resource_sample.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "probes/proc/files.h"
#include "probes/proc/process_sample.h"
#include "probes/proc/thread_cpu.h"
#include "storage/model/descriptor.h"

namespace seep::proc {
namespace {

std::string Folder(pid_t pid) {
  return "/proc/" + std::to_string(pid);
}

}  // namespace

std::optional<StorageBytes> ReadStorageBytes(pid_t pid) {
  const auto text = ReadFile(Folder(pid) + "/io");
  if (!text) return std::nullopt;
  const auto read = FindField(*text, "read_bytes");
  const auto written = FindField(*text, "write_bytes");
  if (!read || !written) return std::nullopt;
  return StorageBytes{*read, *written};
}

std::optional<ContextSwitches> ReadContextSwitches(pid_t pid) {
  const double started_s = ThreadCpuSeconds();
  const std::string tasks = Folder(pid) + "/task";
  DIR* folder = opendir(tasks.c_str());
  if (folder == nullptr) return std::nullopt;
  ContextSwitches sum;
  bool has_any = false;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    const auto text = ReadFile(tasks + "/" + entry->d_name + "/status");
    if (!text) continue;  // ended since
    const auto voluntary = FindField(*text, "voluntary_ctxt_switches");
    const auto involuntary = FindField(*text, "nonvoluntary_ctxt_switches");
    if (!voluntary || !involuntary) continue;
    has_any = true;
    sum.voluntary += *voluntary;
    sum.involuntary += *involuntary;
  }
  closedir(folder);
  sum.took_s = ThreadCpuSeconds() - started_s;
  return has_any ? std::optional(sum) : std::nullopt;
}

Zombies CountZombies(pid_t pid) {
  const double started_s = ThreadCpuSeconds();
  Zombies zombies;
  for (const pid_t child : ReadChildren(pid)) {
    const auto identity = ReadIdentity(child);
    zombies.count += identity && identity->is_zombie;
  }
  zombies.took_s = ThreadCpuSeconds() - started_s;
  return zombies;
}

std::optional<MappingCount> CountMappings(pid_t pid) {
  const double started_s = ThreadCpuSeconds();
  const model::Descriptor fd(open((Folder(pid) + "/maps").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return std::nullopt;
  MappingCount mappings;
  std::array<char, 16384> buffer;
  std::string last;  // the end of the file
  ssize_t bytes;
  while ((bytes = read(fd.get(), buffer.data(), buffer.size())) > 0) {
    const std::string_view part(buffer.data(), static_cast<size_t>(bytes));
    mappings.count += static_cast<uint64_t>(std::count(part.begin(), part.end(), '\n'));
    constexpr size_t kTail = 32;
    last.append(part.substr(part.size() - std::min(part.size(), kTail)));
    last.erase(0, last.size() - std::min(last.size(), kTail));
  }
  if (bytes < 0 || mappings.count == 0) return std::nullopt;
  // The kernel's own page for old programs is nobody's mapping.
  if (last.ends_with("[vsyscall]\n")) --mappings.count;
  mappings.took_s = ThreadCpuSeconds() - started_s;
  return mappings;
}

}  // namespace seep::proc

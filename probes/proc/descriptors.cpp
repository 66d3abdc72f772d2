// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "probes/proc/files.h"
#include "probes/proc/mounts.h"
#include "probes/proc/thread_cpu.h"

namespace seep::proc {
namespace {

constexpr uint64_t kBlockBytes = 512;  // of stx_blocks, whatever the file system has

DescriptorKind KindOfAnonymous(std::string_view name) {
  constexpr std::pair<std::string_view, DescriptorKind> kNames[] = {
      {"[eventfd]", DescriptorKind::kEventfd}, {"[eventpoll]", DescriptorKind::kEpoll},
      {"[timerfd]", DescriptorKind::kTimerfd}, {"[signalfd]", DescriptorKind::kSignalfd},
      {"inotify", DescriptorKind::kInotify},   {"[inotify]", DescriptorKind::kInotify},
      {"[io_uring]", DescriptorKind::kIoUring}};
  for (const auto& [known, kind] : kNames) {
    if (name == known) return kind;
  }
  return DescriptorKind::kAnonymous;
}

class Look {
 public:
  Look(pid_t pid, int folder) : folder_(folder), mounts_(Mounts::Read(pid)) {}

  void Add(const char* name) {
    std::array<char, PATH_MAX> buffer;
    const ssize_t length = readlinkat(folder_, name, buffer.data(), buffer.size());
    if (length <= 0) return;  // closed since
    const std::string_view link(buffer.data(), static_cast<size_t>(length));
    constexpr std::string_view kSocket = "socket:[";
    constexpr std::string_view kAnonymous = "anon_inode:";
    if (link.starts_with(kSocket)) {
      if (const auto inode = ParseNumber(link.substr(kSocket.size()))) sockets_.push_back(*inode);
    } else if (link.starts_with("pipe:[")) {
      Count(DescriptorKind::kPipe);
    } else if (link.starts_with(kAnonymous)) {
      Count(KindOfAnonymous(link.substr(kAnonymous.size())));
    } else if (link.starts_with('/')) {
      AddPath(name, link);
    } else {
      Count(DescriptorKind::kAnonymous);  // "net:[4026531840]" and the like
    }
  }

  Descriptors Finish(pid_t pid) {
    CountSockets(pid, std::move(sockets_), &found_.counts);
    return found_;
  }

 private:
  void Count(DescriptorKind kind) { ++found_.counts[static_cast<size_t>(kind)]; }

  void AddPath(const char* name, std::string_view link) {
    if (mounts_.IsRemote(link)) {
      Count(link.ends_with(" (deleted)") ? DescriptorKind::kDeletedFile : DescriptorKind::kFile);
      return;
    }
    struct statx status {};
    if (statx(folder_, name, AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &status) != 0) return;
    const bool is_memfd = link.starts_with("/memfd:");
    switch (status.stx_mode & S_IFMT) {
      case S_IFDIR:
        Count(DescriptorKind::kDirectory);
        return;
      case S_IFCHR:
      case S_IFBLK:
        Count(DescriptorKind::kDevice);
        return;
      case S_IFIFO:
        Count(DescriptorKind::kPipe);
        return;
      default:
        break;
    }
    Count(is_memfd                ? DescriptorKind::kMemfd
          : status.stx_nlink == 0 ? DescriptorKind::kDeletedFile
                                  : DescriptorKind::kFile);
    const bool is_in_memory =
        is_memfd || mounts_.IsInMemory(status.stx_dev_major, status.stx_dev_minor);
    if (!is_in_memory && status.stx_nlink != 0) return;
    if (!files_.emplace(status.stx_dev_major, status.stx_dev_minor, status.stx_ino).second) return;
    (is_in_memory ? found_.memory_bytes : found_.deleted_bytes) += kBlockBytes * status.stx_blocks;
  }

  int folder_;
  Mounts mounts_;
  Descriptors found_;
  std::vector<uint64_t> sockets_;
  std::set<std::tuple<unsigned, unsigned, uint64_t>> files_;  // counted already
};

}  // namespace

model::Result<Descriptors> ReadDescriptors(pid_t pid) {
  const double started_s = ThreadCpuSeconds();
  const std::string path = "/proc/" + std::to_string(pid) + "/fd";
  DIR* folder = opendir(path.c_str());
  if (folder == nullptr) return model::FailErrno(path);
  Look look(pid, dirfd(folder));
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') look.Add(entry->d_name);
  }
  closedir(folder);
  Descriptors found = look.Finish(pid);
  found.took_s = ThreadCpuSeconds() - started_s;
  return found;
}

}  // namespace seep::proc

// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/ledger_directory.h"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cinttypes>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "probes/ledger/layout.h"
#include "probes/proc/files.h"

namespace seep::agent {
namespace {

using model::Errc;
using model::Fail;

// A service of thousands of processes has as many; more is somebody's mischief.
constexpr size_t kMostFiles = 20'000;
constexpr char kRemedy[] = "; set SEEP_DIR to a writable directory on tmpfs, such as /dev/shm/seep";

// The probe's own conditions (probes/preload/ledger_file.cpp), said to a person in advance.
model::Status CheckUsable(const std::string& path) {
  struct statfs space {};
  if (statfs(path.c_str(), &space) != 0) {
    return Fail(Errc::kIo, model::FailErrno("ledger directory " + path).error().message + kRemedy);
  }
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) {
    return Fail(Errc::kIo, "ledger directory " + path + " is not a directory" + kRemedy);
  }
  if (space.f_type != TMPFS_MAGIC) {
    return Fail(Errc::kIo, "ledger directory " + path +
                               " is not on tmpfs, where a full disk would kill the target" +
                               kRemedy);
  }
  if (access(path.c_str(), W_OK | X_OK) != 0) {
    return Fail(Errc::kIo, model::FailErrno("ledger directory " + path).error().message + kRemedy);
  }
  const uint64_t free_bytes = uint64_t{space.f_bavail} * static_cast<uint64_t>(space.f_bsize);
  if (space.f_blocks != 0 && free_bytes < ledger::kSpareBytes) {
    return Fail(Errc::kIo, "ledger directory " + path +
                               " is full; free 12 MiB there, or set SEEP_DIR to another tmpfs");
  }
  return {};
}

// "NUMBER" up to `end` of the text, which is cut behind it.
std::optional<uint64_t> TakeNumber(std::string_view* text, std::string_view end) {
  uint64_t value = 0;
  const auto [rest, failure] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (failure != std::errc{}) return std::nullopt;
  text->remove_prefix(static_cast<size_t>(rest - text->data()));
  if (!text->starts_with(end)) return std::nullopt;
  text->remove_prefix(end.size());
  return value;
}

std::optional<LedgerFile> ParseName(const std::string& directory, std::string_view name) {
  LedgerFile file;
  file.path = directory + "/" + std::string(name);
  const bool is_failure = name.ends_with(ledger::kFailedSuffix);
  const auto pid = TakeNumber(&name, "-");
  const auto start = TakeNumber(&name, is_failure ? ledger::kFailedSuffix : "-");
  if (!pid || !start || *pid > INT_MAX) return std::nullopt;
  file.pid = static_cast<int>(*pid);
  file.start_ticks = *start;
  if (is_failure) {
    std::array<char, 256> reason;
    const ssize_t length = readlink(file.path.c_str(), reason.data(), reason.size());
    file.failure_reason.assign(reason.data(), static_cast<size_t>(std::max<ssize_t>(length, 0)));
    return file;
  }
  const auto image = TakeNumber(&name, ledger::kLedgerSuffix);
  if (!image || !name.empty()) return std::nullopt;
  file.image = *image;
  return file;
}

}  // namespace

model::Result<LedgerDirectory> LedgerDirectory::Choose() {
  if (const char* chosen = std::getenv("SEEP_DIR"); chosen != nullptr && chosen[0] != '\0') {
    if (auto usable = CheckUsable(chosen); !usable) return std::unexpected(usable.error());
    return LedgerDirectory(chosen);
  }
  std::vector<std::string> places{"/run/seep"};
  if (const char* runtime = std::getenv("XDG_RUNTIME_DIR"); runtime != nullptr) {
    places.push_back(std::string(runtime) + "/seep");
  }
  places.push_back("/dev/shm/seep-" + std::to_string(getuid()));
  model::Status usable;
  for (const std::string& place : places) {
    const bool is_made = mkdir(place.c_str(), 0700) == 0;
    usable = CheckUsable(place);
    // The probe follows no link and trusts no other user's directory there.
    struct stat status {};
    const bool is_ours = lstat(place.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
                         (status.st_uid == 0 || status.st_uid == getuid());
    if (usable && !is_ours) {
      usable = Fail(Errc::kIo, "ledger directory " + place + " belongs to another user" + kRemedy);
    }
    if (usable) return LedgerDirectory(place);
    if (is_made) rmdir(place.c_str());
  }
  return std::unexpected(usable.error());
}

model::Result<LedgerDirectory> LedgerDirectory::OfProcess(pid_t pid) {
  const auto maps = proc::ReadFile("/proc/" + std::to_string(pid) + "/maps");
  if (!maps) return std::unexpected(maps.error());
  // A fork child that has not sampled yet maps its parent's ledger only: that directory is the
  // right one, too.
  const size_t name_end = maps->find(std::string(ledger::kLedgerSuffix) + "\n");
  const size_t line = name_end == std::string::npos ? name_end : maps->rfind('\n', name_end) + 1;
  const size_t path_start = name_end == std::string::npos ? name_end : maps->find('/', line);
  if (path_start == std::string::npos || path_start > name_end) {
    return Fail(Errc::kNotFound, "process " + std::to_string(pid) + " has no ledger");
  }
  const std::string path =
      maps->substr(path_start, name_end + strlen(ledger::kLedgerSuffix) - path_start);
  // "START-END RIGHTS OFFSET DEVICE INODE PATH"; the path is that of the process's mount namespace.
  uint64_t inode = 0;
  std::sscanf(maps->c_str() + line, "%*s %*s %*s %*s %" SCNu64, &inode);
  for (const std::string& root : {std::string(), "/proc/" + std::to_string(pid) + "/root"}) {
    struct stat file {};
    const std::string ours = root + path;
    if (stat(ours.c_str(), &file) == 0 && file.st_ino == inode) {
      return LedgerDirectory(ours.substr(0, ours.rfind('/')));
    }
  }
  return Fail(Errc::kIo, "process " + std::to_string(pid) + ": its ledger " + path +
                             " cannot be reached from here; run seep in its mount namespace "
                             "(nsenter)");
}

LedgerDirectory LedgerDirectory::Found(std::string path) {
  LedgerDirectory found(std::move(path));
  struct stat status {};
  if (lstat(found.path_.c_str(), &status) == 0 && status.st_uid != 0) {
    found.believed_of_ = status.st_uid;
  }
  return found;
}

std::vector<LedgerFile> LedgerDirectory::List() const {
  std::vector<LedgerFile> files;
  DIR* directory = opendir(path_.c_str());
  if (directory == nullptr) return files;
  while (const dirent* entry = readdir(directory)) {
    auto file = ParseName(path_, entry->d_name);
    if (!file) continue;
    file->believed_of = believed_of_;
    files.push_back(std::move(*file));
    if (files.size() >= kMostFiles) break;
  }
  closedir(directory);
  return files;
}

std::vector<LedgerFile> ListAll(const std::vector<LedgerDirectory>& directories) {
  std::vector<LedgerFile> files;
  for (const LedgerDirectory& directory : directories) {
    for (LedgerFile& file : directory.List()) files.push_back(std::move(file));
  }
  return files;
}

std::optional<LedgerFile> FindNewest(const std::vector<LedgerFile>& files, int pid,
                                     uint64_t start_ticks, std::optional<uid_t> uid) {
  std::optional<LedgerFile> newest;
  for (const LedgerFile& file : files) {
    if (file.pid != pid || file.start_ticks != start_ticks) continue;
    if (!IsBelieved(file, uid)) continue;
    if (!newest || file.image > newest->image) newest = file;
  }
  return newest;
}

}  // namespace seep::agent

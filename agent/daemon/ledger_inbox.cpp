// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/ledger_inbox.h"

#include <glob.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "probes/ledger/reader.h"
#include "probes/proc/own_pid.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {
namespace {

std::vector<std::string> DefaultPatterns() {
  std::vector<std::string> patterns{"/run/seep", "/run/user/*/seep", "/dev/shm/seep-*"};
  if (const char* chosen = std::getenv("SEEP_DIR"); chosen != nullptr && chosen[0] != '\0') {
    patterns.emplace_back(chosen);
  }
  return patterns;
}

std::vector<std::string> Directories(const std::vector<std::string>& patterns) {
  std::vector<std::string> directories;
  for (const std::string& pattern : patterns) {
    glob_t found{};
    if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
      for (size_t i = 0; i < found.gl_pathc; ++i) directories.emplace_back(found.gl_pathv[i]);
    }
    globfree(&found);
  }
  return directories;
}

// Who may write into a directory can claim anything of any process: only root is believed about
// processes of others.
bool IsBelieved(const std::string& directory, pid_t pid) {
  struct stat folder {};
  struct stat process {};
  const std::string path = "/proc/" + std::to_string(pid);
  return lstat(directory.c_str(), &folder) == 0 && S_ISDIR(folder.st_mode) &&
         stat(path.c_str(), &process) == 0 &&
         (folder.st_uid == 0 || folder.st_uid == process.st_uid);
}

}  // namespace

LedgerInbox::LedgerInbox(std::vector<std::string> directories)
    : patterns_(directories.empty() ? DefaultPatterns() : std::move(directories)),
      inotify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

void LedgerInbox::Watch() {
  for (const std::string& directory : Directories(patterns_)) {
    const int watch = inotify_add_watch(inotify_.get(), directory.c_str(),
                                        IN_CREATE | IN_MOVED_TO | IN_ONLYDIR | IN_DONT_FOLLOW);
    if (watch >= 0) watched_[directory] = watch;
  }
}

void LedgerInbox::Drain() {
  alignas(inotify_event) std::array<char, 4096> events;
  while (read(inotify_.get(), events.data(), events.size()) > 0) {
  }
}

std::vector<FoundLedger> LedgerInbox::FindNew() {
  Watch();
  Drain();
  std::vector<FoundLedger> found;
  std::set<std::string> present;
  proc::LivingProcesses living;
  const std::string boot_id = proc::ReadBootId();
  for (const auto& [path, watch] : watched_) {
    const LedgerDirectory directory = LedgerDirectory::At(path);
    for (LedgerFile& file : directory.List()) {
      if (told_.contains(file.path)) {
        present.insert(file.path);
        continue;
      }
      if (!file.failure_reason.empty()) continue;
      const auto reader = ledger::Reader::Open(file.path);
      if (!reader || reader->identity().boot_id != boot_id) continue;
      const auto pid = living.Find(file.pid, file.start_ticks);
      const bool is_of_run = reader->identity().run_token != 0;
      if (pid && (is_of_run || !IsBelieved(path, *pid))) continue;
      if (!pid && is_of_run) {
        // Its seep has a moment to collect it.
        constexpr double kMomentSeconds = 60;
        struct stat status {};
        if (stat(file.path.c_str(), &status) != 0) continue;
        // In the future: the clock was set back since.
        if (std::abs(difftime(time(nullptr), status.st_mtime)) < kMomentSeconds) continue;
      }
      present.insert(file.path);
      found.push_back({std::move(file), directory, reader->identity().exe, pid});
    }
  }
  told_ = std::move(present);
  return found;
}

}  // namespace seep::agent

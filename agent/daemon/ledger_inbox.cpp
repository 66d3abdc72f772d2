// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/ledger_inbox.h"

#include <glob.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "agent/watch/clock.h"
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

std::optional<uid_t> OwnerOf(pid_t pid) {
  struct stat process {};
  if (stat(("/proc/" + std::to_string(pid)).c_str(), &process) != 0) return std::nullopt;
  return process.st_uid;
}

// A seep that was killed may be started again, and has a moment to collect what is its own.
bool IsLeftBehind(const LedgerFile& file) {
  constexpr double kMomentSeconds = 60;
  struct stat status {};
  // In the future: the clock was set back since.
  return stat(file.path.c_str(), &status) == 0 &&
         std::abs(difftime(time(nullptr), status.st_mtime)) >= kMomentSeconds;
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

void LedgerInbox::Open(const LedgerFile& file, const std::string& boot_id, Known* known) {
  const auto reader = ledger::Reader::Open(file.path);
  if (!reader) {
    known->is_done = reader.error().code != model::Errc::kBusy;
    return;
  }
  const ledger::LedgerIdentity& identity = reader->identity();
  known->is_open = true;
  known->is_done = identity.boot_id != boot_id;
  known->exe = identity.exe;
  known->run_token = identity.run_token;
}

std::vector<FoundLedger> LedgerInbox::FindNew() {
  constexpr double kMostSeconds = 0.02;  // a directory
  constexpr size_t kFewest = 16;         // files all the same, so that there is an end to it
  constexpr double kLookSeconds = 10;    // at what could not be told at the look before
  Watch();
  Drain();
  is_behind_ = false;
  std::vector<FoundLedger> found;
  std::map<std::string, Known> present;
  proc::LivingProcesses living;
  const std::string boot_id = proc::ReadBootId();
  for (const auto& [path, watch] : watched_) {
    const LedgerDirectory directory = LedgerDirectory::Found(path);
    std::vector<LedgerFile> files = directory.List();
    const double begun_s = MonotonicSeconds();
    size_t looked_at = 0;
    for (LedgerFile& file : files) {
      if (!file.failure_reason.empty()) continue;
      Known known;
      if (const auto seen = known_.find(file.path); seen != known_.end()) known = seen->second;
      Known& entry = present[file.path] = std::move(known);
      const double now_s = MonotonicSeconds();
      if (entry.is_done || now_s < entry.next_look_s) continue;
      if (now_s - begun_s > kMostSeconds && looked_at >= kFewest) {
        is_behind_ = true;
        continue;
      }
      ++looked_at;
      if (!entry.is_open) Open(file, boot_id, &entry);
      if (entry.is_done || !entry.is_open) continue;
      const auto pid = living.Find(file.pid, file.start_ticks);
      const bool is_of_run = entry.run_token != 0;
      const bool is_told =
          pid ? !is_of_run && IsBelieved(file, OwnerOf(*pid)) : !is_of_run || IsLeftBehind(file);
      if (!is_told) {
        entry.next_look_s = now_s + kLookSeconds;
        continue;
      }
      entry.is_done = true;
      found.push_back({std::move(file), directory, entry.exe, pid, entry.run_token});
    }
  }
  known_ = std::move(present);
  std::ranges::stable_partition(found, [](const FoundLedger& one) { return one.pid.has_value(); });
  return found;
}

}  // namespace seep::agent

// SPDX-License-Identifier: Apache-2.0
// Runs a program under libseep.so with a ledger directory of its own and reads what it left.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "probes/ledger/reader.h"
#include "tests/probes/preload/scratch_ledger.h"

struct PreloadedChild {
  ScratchDirectory directory;
  int wait_status = 0;
  pid_t pid = 0;

  // `environment` holds further NAME=VALUE words; a later one wins.
  explicit PreloadedChild(std::vector<std::string> command, const char* interval = "1",
                          std::vector<std::string> environment = {}, unsigned limit_s = 100) {
    environment.insert(environment.begin(),
                       {"LD_PRELOAD=" SEEP_PROBE_PATH, "SEEP_DIR=" + directory.path,
                        "SEEP_INTERVAL=" + std::string(interval)});
    pid = fork();
    if (pid == 0) {
      alarm(limit_s);  // outlives the exec: a deadlock is a failure, and not a test that never ends
      std::vector<char*> argv;
      for (std::string& word : command) argv.push_back(word.data());
      argv.push_back(nullptr);
      for (std::string& word : environment) putenv(word.data());
      execv(argv[0], argv.data());
      _exit(127);
    }
    REQUIRE(waitpid(pid, &wait_status, 0) == pid);
  }

  std::vector<std::string> Ledgers() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path)) {
      if (entry.path().extension() == seep::ledger::kLedgerSuffix) paths.push_back(entry.path());
    }
    return paths;
  }

  // The one that there is.
  std::string Ledger() const {
    REQUIRE(Ledgers().size() == 1);
    return Ledgers().front();
  }

  // Of the process that was started, and of its descendants, by the number of the pid.
  std::string Own() const { return OfPid(true).front(); }
  std::vector<std::string> OfChildren() const { return OfPid(false); }

  // The state of the one ledger there is.
  seep::ledger::Snapshot Read() const {
    auto reader = seep::ledger::Reader::Open(Ledger());
    REQUIRE(reader);
    auto snapshot = reader->Read();
    REQUIRE(snapshot);
    return std::move(*snapshot);
  }

 private:
  std::vector<std::string> OfPid(bool is_own) const {
    std::vector<std::string> paths;
    for (const std::string& path : Ledgers()) {
      auto reader = seep::ledger::Reader::Open(path);
      // A child that lives on may be about to make its own.
      for (int i = 0; i < 500 && !reader && reader.error().code == seep::model::Errc::kBusy; ++i) {
        usleep(10'000);
        reader = seep::ledger::Reader::Open(path);
      }
      REQUIRE(reader);
      if ((reader->identity().pid == static_cast<uint32_t>(pid)) == is_own) paths.push_back(path);
    }
    if (is_own) REQUIRE(paths.size() == 1);
    return paths;
  }
};

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

  // `environment` holds further NAME=VALUE words; a later one wins.
  explicit PreloadedChild(std::vector<std::string> command, const char* interval = "1",
                          std::vector<std::string> environment = {}) {
    environment.insert(environment.begin(),
                       {"LD_PRELOAD=" SEEP_PROBE_PATH, "SEEP_DIR=" + directory.path,
                        "SEEP_INTERVAL=" + std::string(interval)});
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> argv;
      for (std::string& word : command) argv.push_back(word.data());
      argv.push_back(nullptr);
      for (std::string& word : environment) putenv(word.data());
      execv(argv[0], argv.data());
      _exit(127);
    }
    REQUIRE(waitpid(child, &wait_status, 0) == child);
  }

  std::vector<std::string> Ledgers() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory.path)) {
      paths.push_back(entry.path());
    }
    return paths;
  }

  // The state of the one ledger there is.
  seep::ledger::Snapshot Read() const {
    REQUIRE(Ledgers().size() == 1);
    auto reader = seep::ledger::Reader::Open(Ledgers().front());
    REQUIRE(reader);
    auto snapshot = reader->Read();
    REQUIRE(snapshot);
    return std::move(*snapshot);
  }
};

// SPDX-License-Identifier: Apache-2.0
// A ledger in a directory of its own on tmpfs, made by the probe's code, for tests.
#pragma once

#include <stdlib.h>
#include <sys/mman.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "probes/preload/ledger_file.h"

struct ScratchDirectory {
  std::string path;
  ScratchDirectory() {
    char name[] = "/dev/shm/seep-test-XXXXXX";
    REQUIRE(mkdtemp(name) != nullptr);
    path = name;
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path); }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
};

struct ScratchLedger {
  ScratchDirectory directory;
  seep::probe::LedgerView view;
  std::string path;

  explicit ScratchLedger(uint64_t interval_bytes = 128 * 1024) {
    seep::probe::Settings settings{};
    settings.directory.Add(directory.path.c_str());
    settings.interval_bytes = interval_bytes;
    const char* reason = seep::probe::CreateLedger(settings, seep::probe::ReadIdentity(), &view);
    INFO((reason != nullptr ? reason : ""));
    REQUIRE(reason == nullptr);
    for (const auto& entry : std::filesystem::directory_iterator(directory.path)) {
      path = entry.path();
    }
  }
  ~ScratchLedger() { munmap(view.base, view.header().file_bytes); }
};

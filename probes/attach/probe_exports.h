// SPDX-License-Identifier: Apache-2.0
// What a libseep.so exports: hooks, by the names of the functions that they stand in front of, and
// the entry points that we call. Read from its file before it is loaded anywhere, so that all is
// known by the time a thread of the target stands still.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "probes/attach/symbols.h"
#include "storage/model/error.h"

namespace seep::attach {

// Addresses are relative to where it will be loaded.
model::Result<Symbols> ReadExports(const std::string& path);

// probes/ledger/attach_request.h
struct ProbeEntries {
  uint64_t attach = 0;
  uint64_t redirect = 0;
  uint64_t detach = 0;
  uint64_t slots = 0;

  // kUnsupported: the library is of another version.
  static model::Result<ProbeEntries> Find(const Symbols& exports, pid_t pid);
  ProbeEntries MovedBy(uint64_t bias) const {
    return {attach + bias, redirect + bias, detach + bias, slots + bias};
  }
};

}  // namespace seep::attach

// SPDX-License-Identifier: Apache-2.0
// Puts libseep.so into a running process, and withdraws it. docs/attach.md is the design and the
// safety argument. One thread of it is borrowed for milliseconds, all others run on; it is never
// left in a state from which it would not go on, whenever we die.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/model/error.h"

namespace seep::attach {

enum class ProbeState {
  kAbsent,
  kPreloaded,  // since its start: stays
  kInjected,   // by us, recording or not
};
// By what is loaded. Errors as of ReadLoadedObjects, kIo: not ours to see.
model::Result<ProbeState> FindProbe(pid_t pid);

struct InjectionPlan {
  pid_t pid = 0;
  std::string library;            // path of libseep.so as we see it
  std::string directory;          // of the ledger, as the target sees it; empty: default places
  std::string runtime_directory;  // $XDG_RUNTIME_DIR of the target
  uint64_t interval_bytes = 0;    // 0: the probe's default
  uint64_t run_token = 0;
  double limit_s = 2;  // for a thread at a safe point, and for each call
};

struct Injection {
  bool was_loaded = false;  // by an earlier attach
  int threads_tried = 0;    // until one was at a safe point
  double held_s = 0;        // the longest for which one thread stood still
  size_t slots = 0;         // written
};
// Errors leave the target as it was, or with a library that does nothing; the message says which.
model::Result<Injection> Inject(const InjectionPlan& plan);

// Takes the hooks out of the program's way and lets go of the ledger; the library stays loaded.
// kNotFound: there is none; kUnsupported: it was preloaded.
model::Result<Injection> Withdraw(pid_t pid, double limit_s);

}  // namespace seep::attach

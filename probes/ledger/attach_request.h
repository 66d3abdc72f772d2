// SPDX-License-Identifier: Apache-2.0
// What seep asks of a libseep.so that it has put into a running process (docs/attach.md): the
// argument of its exported entry points. The second contract of both sides, beside layout.h.
//
//   void seep_attach(AttachRequest*)   begins to record: opens a ledger
//   void seep_detach()                 stops: the ledger is let go, the hooks only forward
//
// Both are called on a thread of the target that seep has stopped at a safe point, with every
// signal blocked; they never fail otherwise than by `state` and `reason`.
#pragma once

#include <cstdint>

namespace seep::ledger {

inline constexpr uint32_t kAttachVersion = 1;

inline constexpr char kAttachEntry[] = "seep_attach";
inline constexpr char kDetachEntry[] = "seep_detach";
inline constexpr char kProbeName[] = "libseep.so";  // its DT_SONAME: how it is known when loaded

enum class AttachState : uint32_t {
  kNotCalled,
  kActive,  // a ledger is open
  kInert,   // it is not: `reason` tells
};

struct AttachRequest {
  uint32_t version;  // kAttachVersion; another one is answered by kInert

  // Written by the probe.
  AttachState state;

  // Read by the probe, as $SEEP_INTERVAL, $SEEP_RUN, $SEEP_DIR and $XDG_RUNTIME_DIR otherwise. 0
  // and empty: the default.
  uint64_t interval_bytes;
  uint64_t run_token;
  char directory[512];
  char runtime_directory[512];

  char reason[128];  // written by the probe; empty when active
};
static_assert(sizeof(AttachRequest) == 24 + 2 * 512 + 128);

}  // namespace seep::ledger

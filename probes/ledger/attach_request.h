// SPDX-License-Identifier: Apache-2.0
// What seep asks of a libseep.so that it has put into a running process (docs/attach.md): the
// argument of its exported entry points. The second contract of both sides, beside layout.h.
//
//   void seep_attach(AttachRequest*)   begins to record: opens a ledger, then writes slots
//   void seep_redirect(SlotRequest*)   writes further slots, while it records
//   void seep_detach(SlotRequest*)     writes slots, then lets the ledger go: the hooks only
//   forward SlotChange seep_slots[kMaxSlots]   the slots that the next call is to write, filled by
//   seep
//
// All are called on a thread of the target that seep has stopped at a safe point, with every signal
// blocked; they never fail otherwise than by what they write into the request.
#pragma once

#include <cstdint>

namespace seep::ledger {

// Of this file. It only grows by appending: a probe of another version says so by kInert.
inline constexpr uint32_t kAttachVersion = 2;

inline constexpr char kAttachEntry[] = "seep_attach";
inline constexpr char kRedirectEntry[] = "seep_redirect";
inline constexpr char kDetachEntry[] = "seep_detach";
inline constexpr char kSlotsEntry[] = "seep_slots";
inline constexpr char kProbeName[] = "libseep.so";  // its DT_SONAME: how it is known when loaded

enum class SlotState : uint64_t {
  kPlanned,
  kAbsent,      // the object is not loaded any more, or has no such word
  kUnfinished,  // the object is being loaded, or its protections are not ld.so's: not touched
  kRefused,     // no protection could be changed, or no system call may be made: none was written
  kReady,       // during the call only
  kDifferent,   // neither `expected` nor `bound` stood there: left alone
  kWritten,
};

// A word of a loaded object through which it calls a function: docs/attach.md, "Slots".
struct SlotChange {
  uint64_t object_bias;  // with the address of its dynamic section the identity of an object
  uint64_t object_dynamic;
  uint64_t address;   // of the word, a multiple of 8
  uint64_t expected;  // what it holds
  uint64_t bound;     // or this, by now: what ld.so puts there at the first call
  uint64_t wanted;
  SlotState state;  // written by the probe
};

// Beyond these another call is needed. In the order in which they are written.
inline constexpr uint32_t kMaxSlots = 4096;

struct SlotRequest {
  uint32_t version;  // kAttachVersion; with another one nothing is done
  uint32_t slots;    // of seep_slots that are filled
  uint32_t written;  // by the probe: how many of them hold `wanted` now
  uint32_t padding;
};

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

  SlotRequest redirection;  // since version 2; done when active
};
static_assert(sizeof(AttachRequest) == 24 + 2 * 512 + 128 + sizeof(SlotRequest));

}  // namespace seep::ledger

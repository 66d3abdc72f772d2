// SPDX-License-Identifier: Apache-2.0
// The probe's state of this process: which ledger it writes, and whether it may.
//
// The state lies on a page that the kernel wipes in a fork child (MADV_WIPEONFORK), so a child,
// also one made by a raw clone, finds it empty and opens a ledger of its own at its first sample.
// A vfork or CLONE_VM child shares our memory: what it allocates stays in use in its parent's heap,
// what it frees is free there. So it writes to its parent's ledger, as another thread would.
#pragma once

#include "probes/preload/ledger_file.h"
#include "probes/preload/ledger_view.h"
#include "probes/preload/thread_state.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {

enum class Phase : uint32_t {
  kNone,
  kOpening,  // a thread is making the ledger: try again at the next allocation
  kActive,
  kInert,  // for good, or until it is attached
};

// One page, wiped in a fork child together with the filter. For the inline functions below.
struct alignas(4096) ProcessState {
  std::atomic<Phase> phase{Phase::kNone};
  LedgerView view{};
  // No lock of the allocator was taken when this process began.
  std::atomic<bool> may_ask_allocator{false};
};
extern ProcessState process_state __attribute__((visibility("hidden")));
// Counts the AttachLedgers, so that threads draw anew; survives a fork.
extern std::atomic<uint32_t> process_attachment __attribute__((visibility("hidden")));

// The ledger if it is open; else its base is nullptr, and no block is known.
inline LedgerView OpenedLedger() {
  const bool is_open = process_state.phase.load(std::memory_order_acquire) == Phase::kActive;
  return __builtin_expect(is_open, 1) ? process_state.view : LedgerView{};
}

// The ledger of this process; `view` is set for kActive. Opens the ledger when the process has
// none yet. Cold paths only.
struct LedgerAccess {
  Phase phase = Phase::kInert;
  LedgerView view;

  bool is_writable() const { return phase == Phase::kActive; }
};
LedgerAccess OpenOrJoinLedger();
inline LedgerAccess AcquireLedger() {
  const LedgerView view = OpenedLedger();
  const bool is_joined = tls.attachment == process_attachment.load(std::memory_order_relaxed);
  if (__builtin_expect(view.base != nullptr && is_joined, 1)) return {Phase::kActive, view};
  return OpenOrJoinLedger();
}

// Of a library that was attached, not preloaded (attached.h). Nothing is recorded and no ledger
// opened until AttachLedger; from then on also fork children open theirs, as `settings` say.
// DetachLedger lets go of the ledger, which stays where it lies for whoever reads it last; threads
// that are inside the probe meanwhile write to empty pages in its place. Cold; one thread at a
// time.
void StayInert();
// nullptr, also when a ledger is open already; else why none could be opened.
const char* AttachLedger(const Settings& settings);
void DetachLedger();

// The probe's own code, left out of every stack.
const AddressRange& OwnCode();

// Birth clock of the ledger: ledger::kBirthTicksPerSecond, no system call.
uint32_t BirthTicks(LedgerView view);
// The same for what is born now. Left in the ledger too: the process lived until then at least.
uint32_t Now(LedgerView view);

}  // namespace seep::probe

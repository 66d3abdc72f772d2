// SPDX-License-Identifier: Apache-2.0
// The entry points of a loaded libseep.so, called on a borrowed thread. The slots that each is to
// write are laid into the library before; more than fit there are written by further calls.
#pragma once

#include <cstddef>
#include <span>

#include "probes/attach/borrowed_thread.h"
#include "probes/attach/memory.h"
#include "probes/attach/probe_exports.h"
#include "probes/ledger/attach_request.h"
#include "storage/model/error.h"

namespace seep::attach {

class ProbeCalls {
 public:
  // Both must outlive this.
  ProbeCalls(const Memory& memory, const ProbeEntries& entries, BorrowedThread& thread)
      : memory_(memory), entries_(entries), thread_(thread) {}

  // Begins to record. How many slots were written; kIo: the probe could not begin, and says why.
  model::Result<size_t> Attach(ledger::AttachRequest request,
                               std::span<const ledger::SlotChange> slots) const;
  // Of a probe that records; another one writes nothing.
  model::Result<size_t> Redirect(std::span<const ledger::SlotChange> slots) const;
  // Ends the recording.
  model::Result<size_t> Detach(std::span<const ledger::SlotChange> slots) const;

 private:
  model::Result<size_t> CallForSlots(uint64_t function, const char* name,
                                     std::span<const ledger::SlotChange> slots) const;
  model::Status PutSlots(std::span<const ledger::SlotChange> slots) const;

  const Memory& memory_;
  ProbeEntries entries_;
  BorrowedThread& thread_;
};

}  // namespace seep::attach

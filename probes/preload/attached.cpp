// SPDX-License-Identifier: Apache-2.0
// The entry points that seep calls from outside, on a thread that it has stopped at a safe point.
#include "probes/preload/attached.h"

#include <dlfcn.h>
#include <link.h>

#include <cerrno>

#include "probes/preload/allocator_stats.h"
#include "probes/preload/cpu_budget.h"
#include "probes/preload/process.h"
#include "probes/preload/real_allocator.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/slot_writer.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/text.h"

namespace seep::probe {
namespace {

const link_map* ObjectOf(const void* address) {
  dl_find_object found;
  return _dl_find_object(const_cast<void*>(address), &found) == 0 ? found.dlfo_link_map : nullptr;
}

// Those that lie in seep_slots; afterwards its pages are given back.
void WritePlannedSlots(ledger::SlotRequest* request) {
  request->written = 0;
  if (request->version != ledger::kAttachVersion || request->slots > ledger::kMaxSlots) return;
  request->written = static_cast<uint32_t>(WriteSlots(seep_slots, request->slots));
  if (MaySystemCall()) SysMadvise(seep_slots, sizeof(seep_slots), MADV_DONTNEED);
}

}  // namespace

bool IsLateArrival() {
  const link_map* own = ObjectOf(reinterpret_cast<const void*>(&IsLateArrival));
  const link_map* libc = ObjectOf(reinterpret_cast<const void*>(&dlsym));
  for (const link_map* map = own; map != nullptr; map = map->l_next) {
    if (map == libc) return false;
  }
  return true;
}

}  // namespace seep::probe

using namespace seep::probe;
using seep::ledger::AttachState;

// Whole pages that are never touched in a process that is not attached to.
alignas(4096) constinit seep::ledger::SlotChange seep_slots[seep::ledger::kMaxSlots] = {};
static_assert(sizeof(seep_slots) % 4096 == 0);

void seep_attach(seep::ledger::AttachRequest* request) {
  const int saved_errno = errno;
  request->state = AttachState::kInert;
  const char* reason = "the probe in the process is of another version";
  if (request->version == seep::ledger::kAttachVersion) {
    // The request is another process's memory image: texts end where their arrays do.
    request->directory[sizeof(request->directory) - 1] = '\0';
    request->runtime_directory[sizeof(request->runtime_directory) - 1] = '\0';
    Settings settings;
    settings.directory.Add(request->directory);
    settings.runtime_directory.Add(request->runtime_directory);
    settings.interval_bytes = request->interval_bytes;
    settings.run_token = request->run_token;
    settings.cpu_percent = kDefaultCpuPercent;
    ResolveForAttach();
    FindAllocatorStats(reinterpret_cast<uint64_t>(real.malloc));
    reason = AttachLedger(settings);
  }
  if (reason == nullptr) {
    request->state = AttachState::kActive;
    WritePlannedSlots(&request->redirection);
  }
  CopyText(request->reason, reason != nullptr ? reason : "");
  errno = saved_errno;
}

void seep_redirect(seep::ledger::SlotRequest* request) {
  const int saved_errno = errno;
  request->written = 0;
  if (AcquireLedger().is_writable()) WritePlannedSlots(request);
  errno = saved_errno;
}

void seep_detach(seep::ledger::SlotRequest* request) {
  const int saved_errno = errno;
  WritePlannedSlots(request);
  DetachLedger();
  errno = saved_errno;
}

// SPDX-License-Identifier: Apache-2.0
// The entry points that seep calls from outside, on a thread that it has stopped at a safe point.
#include "probes/preload/attached.h"

#include <dlfcn.h>
#include <link.h>

#include <cerrno>

#include "probes/preload/cpu_budget.h"
#include "probes/preload/process.h"
#include "probes/preload/real_allocator.h"
#include "probes/preload/text.h"

namespace seep::probe {
namespace {

const link_map* ObjectOf(const void* address) {
  dl_find_object found;
  return _dl_find_object(const_cast<void*>(address), &found) == 0 ? found.dlfo_link_map : nullptr;
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
    reason = AttachLedger(settings);
  }
  if (reason == nullptr) request->state = AttachState::kActive;
  CopyText(request->reason, reason != nullptr ? reason : "");
  errno = saved_errno;
}

void seep_detach() {
  const int saved_errno = errno;
  DetachLedger();
  errno = saved_errno;
}

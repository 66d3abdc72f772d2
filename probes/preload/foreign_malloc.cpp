// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/foreign_malloc.h"

#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>

#include <atomic>
#include <cerrno>

#include "probes/preload/syscalls.h"
#include "probes/preload/text.h"
#include "probes/preload/thread_state.h"

namespace seep::probe {
namespace {

// kAsking: this thread or another is in dlsym, which may allocate.
enum class Malloc : uint32_t { kUnknown, kAsking, kOurs, kUndecided, kForeign };
constinit std::atomic<Malloc> target_malloc{Malloc::kUnknown};
constinit Text<768> reason{};

const link_map* ObjectOf(const void* address) {
  dl_find_object found;
  const bool is_known = _dl_find_object(const_cast<void*>(address), &found) == 0;
  return is_known ? found.dlfo_link_map : nullptr;
}

// Preloaded or linked: before the C library in the order of loading. An attached probe is behind
// it, sees nothing by its name, and is given its calls in another way.
bool IsInFrontOfLibc() {
  const link_map* libc = ObjectOf(reinterpret_cast<const void*>(&dlsym));
  const link_map* object = ObjectOf(reinterpret_cast<const void*>(&IsInFrontOfLibc));
  while (object != nullptr && object != libc) object = object->l_next;
  return object != nullptr;
}

// The definition that the program's calls go to. RTLD_DEFAULT would not tell: for an object linked
// with -Bsymbolic it begins with the object itself. The handle of the program (what dlopen(NULL)
// gives, which may allocate) is the first object loaded.
void* FindFirst(const char* symbol) {
  const link_map* program = ObjectOf(reinterpret_cast<const void*>(&FindFirst));
  if (program == nullptr) return nullptr;
  while (program->l_prev != nullptr) program = program->l_prev;
  const int saved_errno = errno;
  void* first = dlsym(const_cast<link_map*>(program), symbol);
  errno = saved_errno;
  return first;
}

bool IsOurs(const void* function) {
  return function == reinterpret_cast<const void*>(&malloc) ||
         ObjectOf(function) == ObjectOf(reinterpret_cast<const void*>(&IsOurs));
}

// A block of it takes its bytes off our countdown.
bool LeadsToUs(void* (*first_malloc)(size_t)) {
  void* found = FindFirst("free");
  if (found == nullptr) return true;
  constexpr size_t kBytes = 1000;
  constexpr int64_t kFar = INT64_MAX / 2;
  const int64_t countdown = tls.bytes_until_sample;
  tls.bytes_until_sample = kFar;
  void* block = first_malloc(kBytes);
  const bool leads_to_us = tls.bytes_until_sample != kFar;
  reinterpret_cast<void (*)(void*)>(found)(block);
  tls.bytes_until_sample = countdown;
  return leads_to_us;
}

void AddName(const void* function) {
  const link_map* object = ObjectOf(function);
  if (object != nullptr && object->l_name != nullptr && object->l_name[0] != '\0') {
    reason.Add(object->l_name);
    return;
  }
  char exe[512];  // the loader names the main program by an empty string
  const long length = SysReadlink("/proc/self/exe", exe, sizeof(exe) - 1);
  exe[length > 0 ? length : 0] = '\0';
  reason.Add(exe);
}

}  // namespace

bool IsForeignMallocUndecided() {
  Malloc state = Malloc::kUnknown;
  if (target_malloc.compare_exchange_strong(state, Malloc::kAsking, std::memory_order_acquire)) {
    const void* first = IsInFrontOfLibc() ? FindFirst("malloc") : nullptr;
    state = first == nullptr || IsOurs(first) ? Malloc::kOurs : Malloc::kUndecided;
    target_malloc.store(state, std::memory_order_release);
  }
  return state == Malloc::kUndecided || state == Malloc::kAsking;
}

void DecideForeignMalloc() {
  if (!IsForeignMallocUndecided()) return;
  const int saved_errno = errno;
  void* first = FindFirst("malloc");
  Malloc decision = Malloc::kOurs;
  if (!LeadsToUs(reinterpret_cast<void* (*)(size_t)>(first))) {
    decision = Malloc::kForeign;
    reason.Add("malloc is that of ");
    AddName(first);
    reason.Add(", which comes before the probe: blocks that it serves are not seen");
  }
  errno = saved_errno;
  target_malloc.store(decision, std::memory_order_release);
}

const char* ForeignMallocReason() {
  const bool is_foreign = target_malloc.load(std::memory_order_acquire) == Malloc::kForeign;
  return is_foreign ? reason.c_str() : nullptr;
}

}  // namespace seep::probe

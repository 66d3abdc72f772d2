// SPDX-License-Identifier: Apache-2.0
// jemalloc's own entry points. Programs that test for the name mallocx would take libseep.so for
// jemalloc, so that nothing is exported here: the calls are redirected, where the next allocator
// has these functions. sallocx and nallocx only ask, and are left alone.
#include "probes/preload/mallocx_hooks.h"

#include <link.h>

#include <cstring>

#include "probes/preload/find_real.h"
#include "probes/preload/got_redirect.h"
#include "probes/preload/hooks.h"
#include "probes/preload/module_table.h"

namespace seep::probe {
namespace {

// Set before any call can come here.
struct RealMallocx {
  void* (*mallocx)(size_t, int);
  void* (*rallocx)(void*, size_t, int);
  size_t (*xallocx)(void*, size_t, size_t, int);
  void (*dallocx)(void*, int);
  void (*sdallocx)(void*, size_t, int);
};
constinit RealMallocx real_x{};

void* Mallocx(size_t size, int flags) {
  const bool is_due = IsSampleDue(size);
  void* pointer = real_x.mallocx(size, flags);
  if (is_due) RecordAlloc(pointer, size);
  return pointer;
}

void* Rallocx(void* old_pointer, size_t size, int flags) {
  const bool is_due = IsSampleDue(size);
  if (!is_due && !MayBeSampled(old_pointer)) return real_x.rallocx(old_pointer, size, flags);
  ReallocRecord old_block(old_pointer);
  void* pointer = real_x.rallocx(old_pointer, size, flags);
  if (pointer != nullptr) {
    old_block.Succeeded();
  } else {
    old_block.Failed();
  }
  if (is_due) RecordAlloc(pointer, size);
  return pointer;
}

// Resizes in place, to anything from `size` to size + extra, or not at all; gives the real size,
// which is below `size` when it could not. Accounted as a realloc: the old block is freed, one of
// the new size is allocated at the stack that asked for it, sampled or not by the same rule.
size_t Xallocx(void* pointer, size_t size, size_t extra, int flags) {
  const bool was_maybe_sampled = MayBeSampled(pointer);
  const size_t real_size = real_x.xallocx(pointer, size, extra, flags);
  if (real_size < size) return real_size;
  const size_t new_size = real_size - size < extra ? real_size : size + extra;
  const bool is_due = IsSampleDue(new_size);
  // In place: nobody else can be given this address meanwhile, so that there is nothing to put
  // back.
  if (was_maybe_sampled) RecordFree(pointer);
  if (is_due) RecordAlloc(pointer, new_size);
  return real_size;
}

void Dallocx(void* pointer, int flags) {
  if (__builtin_expect(MayBeSampled(pointer), 0)) RecordFree(pointer);
  real_x.dallocx(pointer, flags);
}

void Sdallocx(void* pointer, size_t size, int flags) {
  if (__builtin_expect(MayBeSampled(pointer), 0)) RecordFree(pointer);
  real_x.sdallocx(pointer, size, flags);
}

// By the name of its library: to ask dlsym for a name that is not there allocates, frees and leaves
// an error, which other preloads do not all survive before main.
bool IsJemalloc(uint64_t real_malloc) {
  const link_map* object = FindLinkMap(real_malloc);
  return object != nullptr && object->l_name != nullptr &&
         strstr(object->l_name, "jemalloc") != nullptr;
}

template <typename Function>
Redirection Find(const char* name, Function& function, Function hook) {
  void* found = FindReal(name);
  function = reinterpret_cast<Function>(found);
  return {name, found, reinterpret_cast<void*>(hook)};
}

}  // namespace

void RedirectMallocx() {
  if (!IsJemalloc(reinterpret_cast<uint64_t>(real.malloc))) return;
  const Redirection redirections[] = {
      Find("mallocx", real_x.mallocx, &Mallocx), Find("rallocx", real_x.rallocx, &Rallocx),
      Find("xallocx", real_x.xallocx, &Xallocx), Find("dallocx", real_x.dallocx, &Dallocx),
      Find("sdallocx", real_x.sdallocx, &Sdallocx)};
  RedirectCalls(redirections, sizeof(redirections) / sizeof(redirections[0]));
}

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// The C entry points that libseep.so interposes. operator new and delete: operator_new.cpp.
// Every hook sees its call exactly once and forwards straight to the real allocator.
#include "probes/preload/hooks.h"

#include <cerrno>
#include <cstdint>

#include "probes/preload/allocator_stats.h"
#include "probes/preload/attached.h"
#include "probes/preload/foreign_malloc.h"
#include "probes/preload/mallocx_hooks.h"
#include "probes/preload/process.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {
namespace {

// Not left to the first sample: a target may close the door behind itself (seccomp, chroot,
// setuid) once it is up. Allocations before this constructor open the ledger even earlier.
[[gnu::constructor]] void OpenAtStart() {
  if (IsLateArrival()) {
    StayInert();
    return;
  }
  const bool was_busy = tls.is_busy;
  tls.is_busy = true;
  ResolveRealAllocator();
  DecideForeignMalloc();
  FindAllocatorStats(reinterpret_cast<uint64_t>(real.malloc));
  AcquireLedger();
  RedirectMallocx();
  tls.is_busy = was_busy;
}

[[gnu::cold, gnu::noinline]] void* SampledCalloc(size_t count, size_t size) {
  const unwind::Registers caller = CallerOfThisFunction();
  void* pointer = real.calloc(count, size);
  RecordAlloc(pointer, count * size, &caller);
  return pointer;
}

// realloc of a sampled block, or one that is due.
[[gnu::cold, gnu::noinline]] void* SampledRealloc(void* old_pointer, size_t size, bool is_due) {
  const unwind::Registers caller = CallerOfThisFunction();
  ReallocRecord old_block(old_pointer);
  void* pointer = real.realloc(old_pointer, size);
  // realloc(p, 0) frees p and may return nullptr (glibc, jemalloc): that is no failure.
  if (pointer != nullptr || size == 0) {
    old_block.Succeeded();
  } else {
    old_block.Failed();
  }
  if (is_due) RecordAlloc(pointer, size, &caller);
  return pointer;
}

void* Realloc(void* old_pointer, size_t size) {
  const bool is_due = IsSampleDue(size);
  if (__builtin_expect(is_due || MayBeSampled(old_pointer), 0)) {
    return SampledRealloc(old_pointer, size, is_due);
  }
  return real.realloc(old_pointer, size);
}

// The rare aligned functions share one shape: allocate, then record when due.
template <typename Allocate>
void* Aligned(size_t size, Allocate allocate) {
  const bool is_due = IsSampleDue(size);
  void* pointer = allocate();
  if (is_due) RecordAlloc(pointer, size);
  return pointer;
}

}  // namespace

void* SampledMalloc(size_t size) {
  const unwind::Registers caller = CallerOfThisFunction();
  void* pointer = real.malloc(size);
  RecordAlloc(pointer, size, &caller);
  return pointer;
}

void SampledFree(void* pointer) {
  // The real free looks at the block's head: let it come while we are at work.
  __builtin_prefetch(static_cast<const char*>(pointer) - sizeof(size_t));
  RecordFree(pointer);
  real.free(pointer);
}

void* AllocateAligned(size_t alignment, size_t size) {
  return Aligned(size, [=] { return real.memalign(alignment, size); });
}

}  // namespace seep::probe

using namespace seep::probe;

extern "C" {

SEEP_EXPORT void* malloc(size_t size) noexcept {
  return Malloc(size);
}

SEEP_EXPORT void free(void* pointer) noexcept {
  Free(pointer);
}

// C23, which defines both as free. Not looked up: asking dlsym for what is missing allocates.
SEEP_EXPORT void free_sized(void* pointer, size_t) noexcept {
  Free(pointer);
}

SEEP_EXPORT void free_aligned_sized(void* pointer, size_t, size_t) noexcept {
  Free(pointer);
}

// Of old binaries: glibc took it out of its headers in 2.26, and wherever it exists it is free.
SEEP_EXPORT void cfree(void* pointer) noexcept {
  Free(pointer);
}

SEEP_EXPORT void* calloc(size_t count, size_t size) noexcept {
  size_t bytes;
  // A product that overflows fails in the real calloc, which sets errno.
  if (__builtin_mul_overflow(count, size, &bytes)) return real.calloc(count, size);
  return IsSampleDue(bytes) ? SampledCalloc(count, size) : real.calloc(count, size);
}

SEEP_EXPORT void* realloc(void* pointer, size_t size) noexcept {
  return Realloc(pointer, size);
}

SEEP_EXPORT void* reallocarray(void* pointer, size_t count, size_t size) noexcept {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    return nullptr;
  }
  return Realloc(pointer, bytes);
}

SEEP_EXPORT int posix_memalign(void** pointer, size_t alignment, size_t size) noexcept {
  const bool is_due = IsSampleDue(size);
  const int result = real.posix_memalign(pointer, alignment, size);
  if (is_due) RecordAlloc(result == 0 ? *pointer : nullptr, size);
  return result;
}

SEEP_EXPORT void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return Aligned(size, [=] { return real.aligned_alloc(alignment, size); });
}

SEEP_EXPORT void* memalign(size_t alignment, size_t size) noexcept {
  return AllocateAligned(alignment, size);
}

SEEP_EXPORT void* valloc(size_t size) noexcept {
  return Aligned(size, [=] { return real.valloc(size); });
}

SEEP_EXPORT void* pvalloc(size_t size) noexcept {
  return Aligned(size, [=] { return real.pvalloc(size); });
}

}  // extern "C"

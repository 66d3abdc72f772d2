// SPDX-License-Identifier: Apache-2.0
// What the hooks of C and C++ share.
#pragma once

#include <cstddef>

#include "probes/preload/real_allocator.h"
#include "probes/preload/record.h"

#define SEEP_EXPORT __attribute__((visibility("default")))

namespace seep::probe {

// The two that everything else comes down to, in the handful of instructions that a call costs.
[[gnu::cold, gnu::noinline]] void* SampledMalloc(size_t size);
[[gnu::cold, gnu::noinline]] void SampledFree(void* pointer);
[[gnu::always_inline]] inline void* Malloc(size_t size) {
  return IsSampleDue(size) ? SampledMalloc(size) : real.malloc(size);
}
[[gnu::always_inline]] inline void Free(void* pointer) {
  return __builtin_expect(MayBeSampled(pointer), 0) ? SampledFree(pointer) : real.free(pointer);
}

// memalign, seen once. nullptr when the real allocator has no memory.
void* AllocateAligned(size_t alignment, size_t size);

}  // namespace seep::probe

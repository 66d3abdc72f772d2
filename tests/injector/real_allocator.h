// SPDX-License-Identifier: Apache-2.0
// The next allocator in link order: the probe, jemalloc, glibc. Found lazily by dlsym(RTLD_NEXT),
// which may itself allocate: meanwhile a small static pool serves every thread.
#pragma once

#include <stddef.h>

#include <atomic>

namespace seep_leak {

struct RealAllocator {
  void* (*malloc)(size_t);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void* (*reallocarray)(void*, size_t, size_t);
  int (*posix_memalign)(void**, size_t, size_t);
  void* (*aligned_alloc)(size_t, size_t);
  void* (*memalign)(size_t, size_t);
  void (*free)(void*);
};

extern constinit std::atomic<const RealAllocator*> g_real;
inline const RealAllocator& Real() {
  return *g_real.load(std::memory_order_acquire);
}

// Blocks of the static pool are never given back, and never passed to the real allocator.
bool IsFromPool(const void* block);
size_t PoolBlockSize(const void* block);

}  // namespace seep_leak

// SPDX-License-Identifier: Apache-2.0
// The allocator that the target would use without us: the next one in link order, found lazily by
// dlsym(RTLD_NEXT), or in the global scope when we were attached. Each pointer starts at a stub
// that resolves all of them, so that the hooks test nothing, and calls may come before any
// constructor.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace seep::probe {

// The one list of the functions we forward to: name, result, parameters.
#define SEEP_REAL_FUNCTIONS(X)                            \
  X(malloc, void*, (size_t))                              \
  X(free, void, (void*))                                  \
  X(calloc, void*, (size_t, size_t))                      \
  X(realloc, void*, (void*, size_t))                      \
  X(posix_memalign, int, (void**, size_t, size_t))        \
  X(aligned_alloc, void*, (size_t, size_t))               \
  X(memalign, void*, (size_t, size_t))                    \
  X(valloc, void*, (size_t))                              \
  X(pvalloc, void*, (size_t))                             \
  X(mmap, void*, (void*, size_t, int, int, int, off_t))   \
  X(mmap64, void*, (void*, size_t, int, int, int, off_t)) \
  X(munmap, int, (void*, size_t))                         \
  X(mremap, void*, (void*, size_t, size_t, int, void*))   \
  X(brk, int, (void*))                                    \
  X(sbrk, void*, (intptr_t))

struct RealAllocator {
#define SEEP_DECLARE(name, result, parameters) result(*name) parameters;
  SEEP_REAL_FUNCTIONS(SEEP_DECLARE)
#undef SEEP_DECLARE
};

extern RealAllocator real __attribute__((visibility("hidden")));

// The first allocation does it, else our constructor.
void ResolveRealAllocator();
bool IsRealAllocatorKnown();
// Resolves all of them for a library that came in late: what the program itself uses. RTLD_NEXT
// would be what lies behind us, which is not the same when it has an allocator of its own.
void ResolveForAttach();

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
#include "bench/malloc_counter.h"

#include <cstddef>

// glibc's own names for its allocator: free() stays as it is.
extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
void* __libc_memalign(size_t, size_t);
}

namespace seep::bench {
namespace {
thread_local constinit uint64_t malloc_calls = 0;
}

uint64_t MallocCalls() {
  return malloc_calls;
}

}  // namespace seep::bench

using seep::bench::malloc_calls;

extern "C" {

void* malloc(size_t size) noexcept {
  ++malloc_calls;
  return __libc_malloc(size);
}
void* calloc(size_t count, size_t size) noexcept {
  ++malloc_calls;
  return __libc_calloc(count, size);
}
void* realloc(void* pointer, size_t size) noexcept {
  ++malloc_calls;
  return __libc_realloc(pointer, size);
}
void* memalign(size_t alignment, size_t size) noexcept {
  ++malloc_calls;
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  ++malloc_calls;
  return __libc_memalign(alignment, size);
}

}  // extern "C"

// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/real_allocator.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

namespace seep_leak {
namespace {

constexpr size_t kPoolBytes = 64 * 1024;
constexpr size_t kHeaderBytes = 16;  // holds the block's size, keeps the alignment
alignas(16) constinit char g_pool[kPoolBytes];
constinit std::atomic<size_t> g_pool_used{0};
constinit std::atomic<bool> g_is_resolving{false};
constinit RealAllocator g_next{};

void* PoolAlign(size_t alignment, size_t size_bytes) {
  if (size_bytes > kPoolBytes || alignment > 4096) return nullptr;
  const size_t extra = alignment > 16 ? alignment : 0;
  const size_t wanted = (kHeaderBytes + extra + size_bytes + 15) & ~size_t{15};
  const size_t at = g_pool_used.fetch_add(wanted);
  if (at + wanted > kPoolBytes) {
    errno = ENOMEM;
    return nullptr;
  }
  auto address = reinterpret_cast<uintptr_t>(g_pool + at + kHeaderBytes);
  if (extra != 0) address = (address + alignment - 1) & ~(alignment - 1);
  auto* block = reinterpret_cast<char*>(address);
  memcpy(block - kHeaderBytes, &size_bytes, sizeof size_bytes);
  return block;
}

void* PoolMalloc(size_t size_bytes) {
  return PoolAlign(16, size_bytes);
}
void* PoolCalloc(size_t count, size_t size_bytes) {
  size_t total = 0;
  if (__builtin_mul_overflow(count, size_bytes, &total)) return nullptr;
  return PoolMalloc(total);  // never used before: zero
}
void* PoolRealloc(void* block, size_t size_bytes) {
  void* moved = PoolMalloc(size_bytes);
  if (moved != nullptr && block != nullptr && IsFromPool(block)) {
    const size_t old_bytes = PoolBlockSize(block);
    memcpy(moved, block, old_bytes < size_bytes ? old_bytes : size_bytes);
  }
  return moved;
}
void* PoolReallocArray(void* block, size_t count, size_t size_bytes) {
  size_t total = 0;
  if (__builtin_mul_overflow(count, size_bytes, &total)) return nullptr;
  return PoolRealloc(block, total);
}
int PoolPosixMemalign(void** block, size_t alignment, size_t size_bytes) {
  *block = PoolAlign(alignment, size_bytes);
  return *block != nullptr ? 0 : ENOMEM;
}
void PoolFree(void*) {}

constexpr RealAllocator kPool{PoolMalloc,        PoolCalloc, PoolRealloc, PoolReallocArray,
                              PoolPosixMemalign, PoolAlign,  PoolAlign,   PoolFree};

template <typename Function>
void Find(const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// The first caller looks the functions up; whoever comes meanwhile, itself included, gets the pool.
const RealAllocator& Resolve() {
  if (!g_is_resolving.exchange(true)) {
    g_real.store(&kPool, std::memory_order_release);
    Find("malloc", &g_next.malloc);
    Find("calloc", &g_next.calloc);
    Find("realloc", &g_next.realloc);
    Find("reallocarray", &g_next.reallocarray);
    Find("posix_memalign", &g_next.posix_memalign);
    Find("aligned_alloc", &g_next.aligned_alloc);
    Find("memalign", &g_next.memalign);
    Find("free", &g_next.free);
    g_real.store(&g_next, std::memory_order_release);  // pairs with Real()
  }
  return Real();
}

void* FirstMalloc(size_t n) {
  return Resolve().malloc(n);
}
void* FirstCalloc(size_t count, size_t n) {
  return Resolve().calloc(count, n);
}
void* FirstRealloc(void* p, size_t n) {
  return Resolve().realloc(p, n);
}
void* FirstReallocArray(void* p, size_t count, size_t n) {
  return Resolve().reallocarray(p, count, n);
}
int FirstPosixMemalign(void** p, size_t a, size_t n) {
  return Resolve().posix_memalign(p, a, n);
}
void* FirstAlignedAlloc(size_t a, size_t n) {
  return Resolve().aligned_alloc(a, n);
}
void* FirstMemalign(size_t a, size_t n) {
  return Resolve().memalign(a, n);
}
void FirstFree(void* p) {
  Resolve().free(p);
}

constexpr RealAllocator kFirst{FirstMalloc,       FirstCalloc,        FirstRealloc,
                               FirstReallocArray, FirstPosixMemalign, FirstAlignedAlloc,
                               FirstMemalign,     FirstFree};

}  // namespace

constinit std::atomic<const RealAllocator*> g_real{&kFirst};

bool IsFromPool(const void* block) {
  return reinterpret_cast<uintptr_t>(block) - reinterpret_cast<uintptr_t>(g_pool) < kPoolBytes;
}

size_t PoolBlockSize(const void* block) {
  size_t size_bytes = 0;
  memcpy(&size_bytes, static_cast<const char*>(block) - kHeaderBytes, sizeof size_bytes);
  return size_bytes;
}

}  // namespace seep_leak

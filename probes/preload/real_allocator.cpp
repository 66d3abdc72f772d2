// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/real_allocator.h"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "probes/preload/find_real.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/thread_state.h"

extern "C" void* __sbrk(intptr_t) noexcept;  // glibc's, exported beside sbrk

namespace seep::probe {
namespace {

// What dlsym allocates before it has answered comes from here and is never given back. glibc
// 2.36 needs nothing of it; older ones and other preloads' dlsym do.
struct Arena {
  static constexpr size_t kBytes = 64 * 1024;
  static constexpr size_t kAlignment = 16;  // of every block; its size lies in the 16 bytes before

  alignas(4096) char bytes[kBytes] = {};
  std::atomic<size_t> used{0};

  bool Holds(const void* pointer) const {
    return reinterpret_cast<uintptr_t>(pointer) - reinterpret_cast<uintptr_t>(bytes) < kBytes;
  }
  void* Allocate(size_t size) {
    if (size > kBytes) return nullptr;
    const size_t needed = kAlignment + ((size + kAlignment - 1) & ~(kAlignment - 1));
    const size_t at = used.fetch_add(needed, std::memory_order_relaxed);
    if (at + needed > kBytes) return nullptr;
    memcpy(bytes + at, &size, sizeof(size));
    return bytes + at + kAlignment;  // zeroed: used once
  }
  size_t SizeOf(const void* pointer) const {
    size_t size;
    memcpy(&size, static_cast<const char*>(pointer) - kAlignment, sizeof(size));
    return size;
  }
};
constinit Arena arena{};

// In place of the real free and realloc, only when the arena has been used.
void (*free_behind_arena)(void*);
void* (*realloc_behind_arena)(void*, size_t);

void FreeBesideArena(void* pointer) {
  if (!arena.Holds(pointer)) free_behind_arena(pointer);
}
void* ReallocBesideArena(void* pointer, size_t size) {
  if (!arena.Holds(pointer)) return realloc_behind_arena(pointer, size);
  void* moved = real.malloc(size);
  const size_t old_size = arena.SizeOf(pointer);
  if (moved != nullptr) memcpy(moved, pointer, old_size < size ? old_size : size);
  return moved;
}

// For a function that the target's allocator does not have.
template <typename Result, typename... Arguments>
Result Missing(Arguments...) {
  errno = ENOMEM;
  return static_cast<Result>(0);
}
template <>
int Missing<int, void**, size_t, size_t>(void**, size_t, size_t) {
  return ENOMEM;
}

template <typename Result, typename... Arguments>
void Find(Result (*&function)(Arguments...), const char* symbol) {
  void* found = FindReal(symbol);
  if (found != nullptr) {
    function = reinterpret_cast<Result (*)(Arguments...)>(found);
  } else if constexpr (!std::is_void_v<Result>) {
    function = &Missing<Result, Arguments...>;
  }
}

enum class Resolution : uint32_t { kNone, kRunning, kDone };
constinit std::atomic<Resolution> resolution{Resolution::kNone};

// Leaves with every pointer of `real` set, whichever thread did it.
void Resolve() {
  Resolution expected = Resolution::kNone;
  if (!resolution.compare_exchange_strong(expected, Resolution::kRunning)) {
    while (resolution.load(std::memory_order_acquire) != Resolution::kDone) SysYield();
    return;
  }
  const int saved_errno = errno;
  tls.is_resolving = true;
  // Into a copy: until all are known, what dlsym allocates and frees is the arena's business.
  RealAllocator found = real;
#define SEEP_FIND(name, result, parameters) Find(found.name, #name);
  SEEP_REAL_FUNCTIONS(SEEP_FIND)
#undef SEEP_FIND
  if (arena.used.load(std::memory_order_relaxed) != 0) {
    free_behind_arena = found.free;
    realloc_behind_arena = found.realloc;
    found.free = &FreeBesideArena;
    found.realloc = &ReallocBesideArena;
  }
  real = found;
  tls.is_resolving = false;
  errno = saved_errno;
  resolution.store(Resolution::kDone, std::memory_order_release);
}

// The stubs. Inside dlsym on our behalf they serve from the arena, else they resolve and forward.
void* StubMalloc(size_t size) {
  if (tls.is_resolving) return arena.Allocate(size);
  Resolve();
  return real.malloc(size);
}
void* StubCalloc(size_t count, size_t size) {
  if (tls.is_resolving) {
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? nullptr : arena.Allocate(bytes);
  }
  Resolve();
  return real.calloc(count, size);
}
void StubFree(void* pointer) {
  if (tls.is_resolving || pointer == nullptr) return;  // a block of the arena, or nothing
  Resolve();
  real.free(pointer);
}
void* StubRealloc(void* pointer, size_t size) {
  if (tls.is_resolving) {
    void* moved = arena.Allocate(size);
    if (moved != nullptr && pointer != nullptr) {
      const size_t old_size = arena.SizeOf(pointer);
      memcpy(moved, pointer, old_size < size ? old_size : size);
    }
    return moved;
  }
  Resolve();
  return real.realloc(pointer, size);
}
int StubPosixMemalign(void** pointer, size_t alignment, size_t size) {
  Resolve();
  return real.posix_memalign(pointer, alignment, size);
}
void* StubAlignedAlloc(size_t alignment, size_t size) {
  Resolve();
  return real.aligned_alloc(alignment, size);
}
void* StubMemalign(size_t alignment, size_t size) {
  Resolve();
  return real.memalign(alignment, size);
}
void* StubValloc(size_t size) {
  Resolve();
  return real.valloc(size);
}
void* StubPvalloc(size_t size) {
  Resolve();
  return real.pvalloc(size);
}

// Those of mappings resolve nothing: an allocator that the probe does not stand before may be
// calling with its locks held, and what dlsym allocates would come back to it. libc's own are
// behind system calls and __sbrk, which nobody interposes.
template <typename Result>
Result Answer(long result) {
  if (result >= 0 || result < -4095) return (Result)result;
  errno = static_cast<int>(-result);
  return (Result)-1L;
}
void* StubMmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return Answer<void*>(RawSyscall(SYS_mmap, reinterpret_cast<long>(address),
                                  static_cast<long>(bytes), protection, flags, fd, offset));
}
int StubMunmap(void* address, size_t bytes) {
  return Answer<int>(
      RawSyscall(SYS_munmap, reinterpret_cast<long>(address), static_cast<long>(bytes)));
}
void* StubMremap(void* old_address, size_t old_bytes, size_t bytes, int flags, void* address) {
  return Answer<void*>(RawSyscall(SYS_mremap, reinterpret_cast<long>(old_address),
                                  static_cast<long>(old_bytes), static_cast<long>(bytes), flags,
                                  reinterpret_cast<long>(address)));
}
int StubBrk(void* address) {
  const auto* end = static_cast<char*>(__sbrk(0));
  return __sbrk(static_cast<char*>(address) - end) != reinterpret_cast<void*>(-1) ? 0 : -1;
}

}  // namespace

void ResolveRealAllocator() {
  if (resolution.load(std::memory_order_acquire) != Resolution::kDone) Resolve();
}

bool IsRealAllocatorKnown() {
  return resolution.load(std::memory_order_acquire) == Resolution::kDone;
}

void ResolveForAttach() {
  if (IsRealAllocatorKnown()) return;
  // The global scope, where we are not. RTLD_DEFAULT would be ours first (DT_SYMBOLIC).
  real_scope = dlopen(nullptr, RTLD_LAZY);
  Resolve();
}

constinit RealAllocator real = {StubMalloc,        StubFree,         StubCalloc,   StubRealloc,
                                StubPosixMemalign, StubAlignedAlloc, StubMemalign, StubValloc,
                                StubPvalloc,       StubMmap,         StubMmap,     StubMunmap,
                                StubMremap,        StubBrk,          __sbrk};

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// THE list of the entry points of the allocators: how each is called, and which names that takes.
// entry_point_caller calls them, entry_points_test checks what the ledger says of each, and
// processes_test checks that libseep.so exports these names and no others.
#pragma once

#include <cstddef>

enum class EntryKind {
  kHeap,        // kHeapBytes, in the heap
  kMapping,     // kMappedBytes, mapped
  kRedirected,  // as kHeap; jemalloc's own names, which libseep.so must not export
  kWatched,     // hands out no memory; interposed to see a seccomp filter come, or code go
};

inline constexpr size_t kHeapBytes = 4096 + 128;  // a multiple of 64, for aligned_alloc
inline constexpr size_t kMappedBytes = 5 * 4096;
inline constexpr int kEntryBlocks = 100;
// entry_point_caller xallocx-shrinks: blocks that are all but certain to be sampled at T = 128 KiB
// are shrunk in place to ones that seldom are.
inline constexpr size_t kShrunkFromBytes = 4 << 20;
inline constexpr size_t kShrunkToBytes = 16 << 10;

// X(name, names used, kind, allocate, release): `allocate` is an expression that gives a block or
// nullptr; `release` a statement that frees `block`.
#define SEEP_ENTRY_POINTS(X)                                                                       \
  X("malloc", "malloc free", kHeap, std::malloc(kHeapBytes), std::free(block))                     \
  X("calloc", "calloc free", kHeap, std::calloc(kHeapBytes / 64, 64), std::free(block))            \
  X("realloc", "realloc free", kHeap, std::realloc(nullptr, kHeapBytes), std::free(block))         \
  X("realloc-grow", "realloc free", kHeap, std::realloc(std::malloc(16), kHeapBytes),              \
    std::free(block))                                                                              \
  X("realloc-fails", "realloc free", kHeap, ReallocThatFails(), std::free(block))                  \
  X("realloc-frees", "realloc", kHeap, std::malloc(kHeapBytes), ReallocToNothing(block))           \
  X("reallocarray", "reallocarray free", kHeap, reallocarray(nullptr, kHeapBytes / 64, 64),        \
    std::free(block))                                                                              \
  X("memalign", "memalign free", kHeap, memalign(64, kHeapBytes), std::free(block))                \
  X("aligned_alloc", "aligned_alloc free", kHeap, aligned_alloc(64, kHeapBytes), std::free(block)) \
  X("valloc", "valloc free", kHeap, valloc(kHeapBytes), std::free(block))                          \
  X("pvalloc", "pvalloc free", kHeap, pvalloc(kHeapBytes), std::free(block))                       \
  X("posix_memalign", "posix_memalign free", kHeap, PosixMemalign(), std::free(block))             \
  X("cfree", "malloc cfree", kHeap, std::malloc(kHeapBytes), cfree(block))                         \
  X("free_sized", "malloc free_sized", kHeap, std::malloc(kHeapBytes),                             \
    free_sized(block, kHeapBytes))                                                                 \
  X("free_aligned_sized", "aligned_alloc free_aligned_sized", kHeap,                               \
    aligned_alloc(64, kHeapBytes), free_aligned_sized(block, 64, kHeapBytes))                      \
  X("usable-size", "malloc free", kHeap, MallocAndFill(), std::free(block))                        \
  X("errno", "malloc free", kHeap, MallocKeepingErrno(), FreeKeepingErrno(block))                  \
  X("new", "_Znwm _ZdlPv", kHeap, operator new(kHeapBytes), operator delete(block))                \
  X("new-sized", "_Znwm _ZdlPvm",                                                                  \
    kHeap, operator new(kHeapBytes), operator delete(block, kHeapBytes))                           \
  X("new-nothrow", "_ZnwmRKSt9nothrow_t _ZdlPvRKSt9nothrow_t",                                     \
    kHeap, operator new(kHeapBytes, std::nothrow), operator delete(block, std::nothrow))           \
  X("new[]", "_Znam _ZdaPv", kHeap, operator new[](kHeapBytes), operator delete[](block))          \
  X("new[]-sized", "_Znam _ZdaPvm",                                                                \
    kHeap, operator new[](kHeapBytes), operator delete[](block, kHeapBytes))                       \
  X("new[]-nothrow", "_ZnamRKSt9nothrow_t _ZdaPvRKSt9nothrow_t",                                   \
    kHeap, operator new[](kHeapBytes, std::nothrow), operator delete[](block, std::nothrow))       \
  X("new-aligned", "_ZnwmSt11align_val_t _ZdlPvSt11align_val_t",                                   \
    kHeap, operator new(kHeapBytes, kAlignment), operator delete(block, kAlignment))               \
  X("new-aligned-sized", "_ZnwmSt11align_val_t _ZdlPvmSt11align_val_t",                            \
    kHeap, operator new(kHeapBytes, kAlignment), operator delete(block, kHeapBytes, kAlignment))   \
  X("new-aligned-nothrow",                                                                         \
    "_ZnwmSt11align_val_tRKSt9nothrow_t _ZdlPvSt11align_val_tRKSt9nothrow_t",                      \
    kHeap, operator new(kHeapBytes, kAlignment, std::nothrow),                                     \
           operator delete(block, kAlignment, std::nothrow))                                       \
  X("new[]-aligned", "_ZnamSt11align_val_t _ZdaPvSt11align_val_t",                                 \
    kHeap, operator new[](kHeapBytes, kAlignment), operator delete[](block, kAlignment))           \
  X("new[]-aligned-sized", "_ZnamSt11align_val_t _ZdaPvmSt11align_val_t",                          \
    kHeap, operator new[](kHeapBytes, kAlignment),                                                 \
           operator delete[](block, kHeapBytes, kAlignment))                                       \
  X("new[]-aligned-nothrow",                                                                       \
    "_ZnamSt11align_val_tRKSt9nothrow_t _ZdaPvSt11align_val_tRKSt9nothrow_t",                      \
    kHeap, operator new[](kHeapBytes, kAlignment, std::nothrow),                                   \
           operator delete[](block, kAlignment, std::nothrow))                                     \
  X("new-throws", "_Znwm _ZdlPv", kHeap, NewThatThrows(), operator delete(block))                  \
  X("mmap", "mmap munmap", kMapping, Map(&mmap, kMappedBytes), munmap(block, kMappedBytes))        \
  X("mmap64", "mmap64 munmap", kMapping, Map(&mmap64, kMappedBytes), munmap(block, kMappedBytes))  \
  X("mremap", "mmap mremap munmap", kMapping,                                                      \
    mremap(Map(&mmap, 4096), 4096, kMappedBytes, MREMAP_MAYMOVE), munmap(block, kMappedBytes))     \
  X("sbrk", "sbrk", kMapping, sbrk(kMappedBytes), sbrk(-static_cast<intptr_t>(kMappedBytes)))      \
  X("brk", "brk sbrk", kMapping, Break(), brk(block))                                              \
  X("mallocx", "mallocx dallocx", kRedirected, mallocx(kHeapBytes, 0), dallocx(block, 0))          \
  X("mallocx-flags", "mallocx sdallocx", kRedirected, MallocxAlignedZero(),                        \
    sdallocx(block, kHeapBytes, kMallocxFlags))                                                    \
  X("mallocx-free", "mallocx free", kRedirected, mallocx(kHeapBytes, 0), std::free(block))         \
  X("mallocx-pointer", "mallocx dallocx", kRedirected, mallocx_pointer(kHeapBytes, 0),             \
    dallocx_pointer(block, 0))                                                                     \
  X("rallocx", "mallocx rallocx dallocx", kRedirected, rallocx(mallocx(16, 0), kHeapBytes, 0),     \
    dallocx(block, 0))                                                                             \
  X("rallocx-fails", "mallocx rallocx dallocx", kRedirected, RallocxThatFails(),                   \
    dallocx(block, 0))                                                                             \
  X("xallocx", "mallocx xallocx dallocx", kRedirected, XallocxInPlace(), dallocx(block, 0))        \
  X("xallocx-fails", "mallocx xallocx dallocx", kRedirected, XallocxThatFails(),                   \
    dallocx(block, 0))                                                                             \
  X("dlclose", "dlclose", kWatched, nullptr, (void)0)                                              \
  X("prctl", "prctl", kWatched, nullptr, (void)0)                                                  \
  X("syscall", "syscall", kWatched, nullptr, (void)0)

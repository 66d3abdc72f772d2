// SPDX-License-Identifier: Apache-2.0
// Target of entry_points_test: uses one entry point of the list kEntryBlocks times with a size that
// nothing else uses, frees half of the blocks in the matching way, and ends. Status 3: the call did
// not do what it should; 4: this program has no such function.
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "tests/probes/preload/entry_points.h"

extern "C" {
// Not in the headers of glibc 2.36, or of another allocator.
[[gnu::weak]] void cfree(void*);
[[gnu::weak]] void free_sized(void*, size_t);
[[gnu::weak]] void free_aligned_sized(void*, size_t, size_t);
[[gnu::weak]] void* mallocx(size_t, int);
[[gnu::weak]] void* rallocx(void*, size_t, int);
[[gnu::weak]] size_t xallocx(void*, size_t, size_t, int);
[[gnu::weak]] void dallocx(void*, int);
[[gnu::weak]] void sdallocx(void*, size_t, int);
[[gnu::weak]] size_t sallocx(const void*, int);
[[gnu::weak]] size_t nallocx(size_t, int);
}

namespace {

constexpr std::align_val_t kAlignment{64};
// jemalloc's MALLOCX_LG_ALIGN(7) | MALLOCX_ZERO
constexpr int kMallocxFlags = 7 | 0x40;
// Pointers in data, filled by a relocation of their own kind (R_X86_64_64).
void* (*volatile mallocx_pointer)(size_t, int) = mallocx;
void (*volatile dallocx_pointer)(void*, int) = dallocx;

// Refused: the old block stays what it was, for the program and in the ledger.
[[maybe_unused]] void* ReallocThatFails() {
  void* block = std::malloc(kHeapBytes);
  return std::realloc(block, SIZE_MAX / 4) == nullptr ? block : nullptr;
}
// Every allocator gives nullptr or a block of no size; tcmalloc and glibc nullptr.
void ReallocToNothing(void* block) {
  std::free(std::realloc(block, 0));
}
void* PosixMemalign() {
  void* block = nullptr;
  return posix_memalign(&block, 64, kHeapBytes) == 0 ? block : nullptr;
}
// The program takes what the allocator says that it may use.
void* MallocAndFill() {
  void* block = std::malloc(kHeapBytes);
  const size_t usable = malloc_usable_size(block);
  std::memset(block, 7, usable);
  return usable >= kHeapBytes ? block : nullptr;
}
void* MallocKeepingErrno() {
  errno = 77;
  void* block = std::malloc(kHeapBytes);
  return errno == 77 ? block : nullptr;
}
void FreeKeepingErrno(void* block) {
  errno = 78;
  std::free(block);
  if (errno != 78) _exit(3);
}
void* NewThatThrows() {
  try {
    return operator new(SIZE_MAX / 4);
  } catch (const std::bad_alloc&) {
    return operator new(kHeapBytes);
  }
}
void* Map(decltype(&mmap) map, size_t bytes) {
  void* block = map(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block != MAP_FAILED ? block : nullptr;
}
void* Break() {
  void* end = sbrk(0);
  return brk(static_cast<char*>(end) + kMappedBytes) == 0 ? end : nullptr;
}
void* MallocxAlignedZero() {
  auto* block = static_cast<unsigned char*>(mallocx(kHeapBytes, kMallocxFlags));
  if (reinterpret_cast<uintptr_t>(block) % 128 != 0) return nullptr;
  for (size_t i = 0; i < kHeapBytes; ++i) {
    if (block[i] != 0) return nullptr;
  }
  return sallocx(block, kMallocxFlags) == nallocx(kHeapBytes, kMallocxFlags) ? block : nullptr;
}
void* RallocxThatFails() {
  void* block = mallocx(kHeapBytes, 0);
  return rallocx(block, SIZE_MAX / 4, 0) == nullptr ? block : nullptr;
}
// 4097 bytes and kHeapBytes are of one size class.
void* XallocxInPlace() {
  void* block = mallocx(4097, 0);
  return xallocx(block, kHeapBytes, 0, 0) >= kHeapBytes ? block : nullptr;
}
void* XallocxThatFails() {
  void* block = mallocx(kHeapBytes, 0);
  return xallocx(block, size_t{1} << 40, 0, 0) < size_t{1} << 40 ? block : nullptr;
}

int ShrinkInPlace() {
  for (int i = 0; i < kEntryBlocks; ++i) {
    void* block = mallocx(kShrunkFromBytes, 0);
    if (block == nullptr || xallocx(block, kShrunkToBytes, 0, 0) != kShrunkToBytes) return 3;
  }
  return 0;
}

struct EntryPoint {
  const char* name;
  EntryKind kind;
  void* (*allocate)();
  void (*release)(void* block);
};
#define SEEP_ENTRY(name, symbols, kind, allocate, release)            \
  EntryPoint{name, EntryKind::kind, [] { return (void*)(allocate); }, \
             []([[maybe_unused]] void* block) { (void)(release); }},
const EntryPoint kEntryPoints[] = {SEEP_ENTRY_POINTS(SEEP_ENTRY)};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  if (std::strcmp(argv[1], "xallocx-shrinks") == 0) return ShrinkInPlace();
  for (const EntryPoint& entry : kEntryPoints) {
    if (std::strcmp(entry.name, argv[1]) != 0) continue;
    if (entry.kind == EntryKind::kRedirected && mallocx == nullptr) return 4;
    // The frees come last, and none of these addresses is handed out again: that alone would tell
    // the probe of a free that it did not see. The last first, as sbrk must.
    static void* blocks[kEntryBlocks];
    for (void*& block : blocks) {
      block = entry.allocate();
      if (block == nullptr || block == MAP_FAILED) return 3;
      std::memset(block, 1, entry.kind == EntryKind::kMapping ? kMappedBytes : kHeapBytes);
    }
    for (int i = kEntryBlocks - 1; i >= kEntryBlocks / 2; --i) entry.release(blocks[i]);
    return 0;
  }
  return 2;
}

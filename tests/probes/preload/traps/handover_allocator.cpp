// SPDX-License-Identifier: Apache-2.0
// A lock-free allocator that never uses memory again, so that signal handlers may call it, but for
// one: a watched block goes to another thread before its free returns. Preloaded behind the probe.
#include <sched.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "tests/probes/preload/traps/handover.h"

extern "C" {
traps::HandoverDesk trap_handover_desk{};
}

namespace {

constexpr size_t kArenaBytes = size_t{64} << 30;  // of address space
constexpr size_t kHeader = 16;

char* Arena() {
  static std::atomic<char*> arena{nullptr};
  char* base = arena.load();
  if (base != nullptr) return base;
  void* fresh = mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (arena.compare_exchange_strong(base, static_cast<char*>(fresh))) return arena.load();
  munmap(fresh, kArenaBytes);
  return base;
}

void* Allocate(size_t alignment, size_t size) {
  static std::atomic<size_t> used{0};
  void* offered = trap_handover_desk.offered.exchange(nullptr);
  if (offered != nullptr) return offered;
  const size_t slack = alignment > kHeader ? alignment : kHeader;
  const size_t needed = (kHeader + slack + size + 15) & ~size_t{15};
  const size_t at = used.fetch_add(needed);
  const uintptr_t first = reinterpret_cast<uintptr_t>(Arena()) + at + kHeader;
  const uintptr_t block = (first + alignment - 1) & ~(alignment - 1);
  std::memcpy(reinterpret_cast<void*>(block - kHeader), &size, sizeof(size));
  return reinterpret_cast<void*>(block);
}

// The one block that is used again goes to whoever allocates next.
void Release(void* pointer) {
  if (pointer == nullptr || trap_handover_desk.watched.load() != pointer) return;
  trap_handover_desk.watched = nullptr;
  trap_handover_desk.is_taken = false;
  trap_handover_desk.offered = pointer;
  while (!trap_handover_desk.is_taken) sched_yield();
}

size_t SizeOf(const void* pointer) {
  size_t size;
  std::memcpy(&size, static_cast<const char*>(pointer) - kHeader, sizeof(size));
  return size;
}

}  // namespace

extern "C" {

void* malloc(size_t size) noexcept {
  return Allocate(16, size);
}
void free(void* pointer) noexcept {
  Release(pointer);
}
void* calloc(size_t count, size_t size) noexcept {
  return Allocate(16, count * size);  // never used before
}
void* realloc(void* pointer, size_t size) noexcept {
  void* moved = Allocate(16, size);
  if (pointer == nullptr) return moved;
  std::memcpy(moved, pointer, SizeOf(pointer) < size ? SizeOf(pointer) : size);
  Release(pointer);
  return moved;
}
int posix_memalign(void** pointer, size_t alignment, size_t size) noexcept {
  *pointer = Allocate(alignment, size);
  return 0;
}
void* aligned_alloc(size_t alignment, size_t size) noexcept {
  return Allocate(alignment, size);
}
void* memalign(size_t alignment, size_t size) noexcept {
  return Allocate(alignment, size);
}
size_t malloc_usable_size(void* pointer) noexcept {
  return SizeOf(pointer);
}

}  // extern "C"

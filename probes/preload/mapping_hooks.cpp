// SPDX-License-Identifier: Apache-2.0
// The entry points that map memory. What is counted is anonymous memory that can be used: no
// reservations (PROT_NONE), no files, and nothing that the real allocator maps for the heap, whose
// blocks are seen as such. A call with nothing to count ends in a jump to the real function.
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#include "probes/preload/hooks.h"
#include "probes/preload/mapped_memory.h"
#include "probes/preload/module_table.h"

namespace seep::probe {
namespace {

// The object that holds the real malloc, once that is known. `end` is written first.
constinit std::atomic<uint64_t> allocator_start{0};
constinit std::atomic<uint64_t> allocator_end{0};

void FindAllocator() {
  uint64_t start;
  uint64_t end;
  if (!FindMapping(reinterpret_cast<uint64_t>(real.malloc), &start, &end)) return;
  allocator_end.store(end, std::memory_order_relaxed);
  allocator_start.store(start, std::memory_order_release);
}

// Before the real allocator is known it may be anyone.
bool IsAllocator(const void* caller) {
  if (!IsRealAllocatorKnown()) return true;
  if (allocator_start.load(std::memory_order_acquire) == 0) FindAllocator();
  const auto address = reinterpret_cast<uint64_t>(caller);
  return address >= allocator_start.load(std::memory_order_acquire) &&
         address < allocator_end.load(std::memory_order_relaxed);
}

// In whole pages, as the kernel maps. Empty for what no call can mean.
Region PagesOf(const void* start, size_t bytes) {
  constexpr uint64_t kPageMask = ledger::kPageBytes - 1;
  const auto first = reinterpret_cast<uint64_t>(start);
  const uint64_t end = (first + bytes + kPageMask) & ~kPageMask;
  const bool is_valid = (first & kPageMask) == 0 && end > first && end < ledger::kMappingKey;
  return is_valid ? Region{first, end} : Region{};
}

bool IsCounted(int protection, int flags) {
  return (flags & MAP_ANONYMOUS) != 0 && protection != PROT_NONE;
}

// `map` is mmap or mmap64.
[[gnu::cold, gnu::noinline]] void* MapSeen(decltype(RealAllocator::mmap) map, void* address,
                                           size_t bytes, int protection, int flags, int fd,
                                           off_t offset) {
  void* start = map(address, bytes, protection, flags, fd, offset);
  if (start == MAP_FAILED) return start;
  const Region region = PagesOf(start, bytes);
  if (region.end == 0) return start;
  if (IsCounted(protection, flags)) {
    RecordMapped(region);
  } else if (HasMappedMemory()) {
    [[maybe_unused]] const UnmapRecord replaced(region);
  }
  return start;
}

[[gnu::always_inline]] inline void* Map(decltype(RealAllocator::mmap) map, void* address,
                                        size_t bytes, int protection, int flags, int fd,
                                        off_t offset, const void* caller) {
  // MAP_FIXED replaces what is there, whatever comes.
  const bool is_seen =
      IsCounted(protection, flags) || ((flags & MAP_FIXED) != 0 && HasMappedMemory());
  if (!is_seen || IsAllocator(caller)) {
    return map(address, bytes, protection, flags, fd, offset);
  }
  return MapSeen(map, address, bytes, protection, flags, fd, offset);
}

[[gnu::cold, gnu::noinline]] int UnmapSeen(void* address, size_t bytes) {
  UnmapRecord record(PagesOf(address, bytes));
  const int result = real.munmap(address, bytes);
  if (result != 0) record.PutBack();
  return result;
}

// The memory moves, or changes its size: as with realloc, what is there now belongs to the stack
// that asked for it. What was not counted before is not counted now.
[[gnu::cold, gnu::noinline]] void* RemapSeen(void* old_address, size_t old_bytes, size_t bytes,
                                             int flags, void* address) {
  UnmapRecord old_region(PagesOf(old_address, old_bytes));
  void* start = real.mremap(old_address, old_bytes, bytes, flags, address);
  if (start == MAP_FAILED) {
    old_region.PutBack();
    return start;
  }
  const Region region = PagesOf(start, bytes);
  if (region.end == 0) return start;
  if (old_region.has_any()) {
    RecordMapped(region);
  } else {
    [[maybe_unused]] const UnmapRecord replaced(region);  // MREMAP_FIXED
  }
#ifdef MREMAP_DONTUNMAP
  if ((flags & MREMAP_DONTUNMAP) != 0) old_region.PutBack();
#endif
  return start;
}

// The end of the data segment has moved. Bytes, not pages: the next caller goes on where this one
// ended.
[[gnu::cold, gnu::noinline]] void BreakMoved(const void* from, const void* to) {
  const auto old_end = reinterpret_cast<uint64_t>(from);
  const auto new_end = reinterpret_cast<uint64_t>(to);
  if (new_end > old_end) {
    RecordMapped({old_end, new_end});
  } else if (new_end < old_end && HasMappedMemory()) {
    [[maybe_unused]] const UnmapRecord gone({new_end, old_end});
  }
}

}  // namespace
}  // namespace seep::probe

using namespace seep::probe;

extern "C" {

SEEP_EXPORT void* mmap(void* address, size_t bytes, int protection, int flags, int fd,
                       off_t offset) noexcept {
  return Map(real.mmap, address, bytes, protection, flags, fd, offset, __builtin_return_address(0));
}

SEEP_EXPORT void* mmap64(void* address, size_t bytes, int protection, int flags, int fd,
                         off64_t offset) noexcept {
  return Map(real.mmap64, address, bytes, protection, flags, fd, offset,
             __builtin_return_address(0));
}

SEEP_EXPORT int munmap(void* address, size_t bytes) noexcept {
  if (!HasMappedMemory() || IsAllocator(__builtin_return_address(0))) {
    return real.munmap(address, bytes);
  }
  return UnmapSeen(address, bytes);
}

SEEP_EXPORT void* mremap(void* old_address, size_t old_bytes, size_t bytes, int flags,
                         ...) noexcept {
  void* address = nullptr;
  if ((flags & MREMAP_FIXED) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    address = va_arg(arguments, void*);
    va_end(arguments);
  }
  if (!HasMappedMemory() || IsAllocator(__builtin_return_address(0))) {
    return real.mremap(old_address, old_bytes, bytes, flags, address);
  }
  return RemapSeen(old_address, old_bytes, bytes, flags, address);
}

SEEP_EXPORT int brk(void* address) noexcept {
  const void* old_end = real.sbrk(0);
  const int result = real.brk(address);
  if (result == 0 && !IsAllocator(__builtin_return_address(0))) BreakMoved(old_end, address);
  return result;
}

SEEP_EXPORT void* sbrk(intptr_t bytes) noexcept {
  void* old_end = real.sbrk(bytes);
  const bool has_moved = bytes != 0 && old_end != reinterpret_cast<void*>(-1);
  if (has_moved && !IsAllocator(__builtin_return_address(0))) {
    BreakMoved(old_end, static_cast<char*>(old_end) + bytes);
  }
  return old_end;
}

}  // extern "C"

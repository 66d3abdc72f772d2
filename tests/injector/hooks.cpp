// SPDX-License-Identifier: Apache-2.0
// The interposed C functions. Each calls the next one from a single place, whether the block is
// going to leak or not, so that both kinds have the same stack below.
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "tests/injector/decision.h"
#include "tests/injector/real_allocator.h"

#define SEEP_HOOK extern "C" [[gnu::visibility("default")]]

namespace seep_leak {
namespace {

// Out of the pool, into the real allocator.
void* LeavePool(void* block, size_t size_bytes) {
  void* moved = Real().malloc(size_bytes);
  if (moved != nullptr) {
    const size_t old_bytes = PoolBlockSize(block);
    memcpy(moved, block, old_bytes < size_bytes ? old_bytes : size_bytes);
  }
  return moved;
}

// The mark comes off before the real call: after it another thread may own the old address.
template <typename RealCall>
void* Reallocate(void* block, size_t size_bytes, RealCall real_call) {
  if (IsFromPool(block)) return LeavePool(block, size_bytes);
  // What would be a free of a marked block is dropped like one.
  if (size_bytes == 0 && block != nullptr && DropIfMarked(block)) return nullptr;
  size_t old_bytes = 0;
  const bool is_marked = block != nullptr && TakeMark(block, &old_bytes);
  void* moved = nullptr;
  {
    const NestedCall nested;
    moved = real_call();
  }
  if (is_marked)
    PutMark(moved != nullptr ? moved : block, moved != nullptr ? size_bytes : old_bytes);
  if (block == nullptr) Consider(moved, size_bytes);
  return moved;
}

}  // namespace
}  // namespace seep_leak

using namespace seep_leak;

SEEP_HOOK void* malloc(size_t size_bytes) noexcept {
  size_bytes = Enlarged(size_bytes);
  void* block = Real().malloc(size_bytes);
  Consider(block, size_bytes);
  return block;
}

SEEP_HOOK void* calloc(size_t count, size_t size_bytes) noexcept {
  size_bytes = Enlarged(size_bytes);
  void* block = Real().calloc(count, size_bytes);
  Consider(block, count * size_bytes);
  return block;
}

SEEP_HOOK void free(void* block) noexcept {
  if (IsFromPool(block) || DropIfMarked(block)) return;
  Real().free(block);
}

SEEP_HOOK void* realloc(void* block, size_t size_bytes) noexcept {
  if (size_bytes != 0) size_bytes = Enlarged(size_bytes);
  return Reallocate(block, size_bytes, [=] { return Real().realloc(block, size_bytes); });
}

SEEP_HOOK void* reallocarray(void* block, size_t count, size_t size_bytes) noexcept {
  size_t total = 0;
  if (__builtin_mul_overflow(count, size_bytes, &total)) {
    errno = ENOMEM;
    return nullptr;
  }
  return Reallocate(block, total, [=] { return Real().reallocarray(block, count, size_bytes); });
}

SEEP_HOOK int posix_memalign(void** block, size_t alignment, size_t size_bytes) noexcept {
  int status = 0;
  {
    const NestedCall nested;
    status = Real().posix_memalign(block, alignment, size_bytes);
  }
  if (status == 0) Consider(*block, size_bytes);
  return status;
}

SEEP_HOOK void* aligned_alloc(size_t alignment, size_t size_bytes) noexcept {
  void* block = nullptr;
  {
    const NestedCall nested;
    block = Real().aligned_alloc(alignment, size_bytes);
  }
  Consider(block, size_bytes);
  return block;
}

SEEP_HOOK void* memalign(size_t alignment, size_t size_bytes) noexcept {
  void* block = nullptr;
  {
    const NestedCall nested;
    block = Real().memalign(alignment, size_bytes);
  }
  Consider(block, size_bytes);
  return block;
}

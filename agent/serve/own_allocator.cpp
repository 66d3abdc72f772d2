// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/own_allocator.h"

#include <cstddef>
#include <cstdint>

// Weak: null unless jemalloc is in the process (jemalloc(3)).
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, size_t* old_length,
                                     void* new_value, size_t new_length);

namespace seep::serve {
namespace {

bool Read(const char* name, uint64_t& bytes) {
  size_t value = 0;
  size_t length = sizeof value;
  if (mallctl(name, &value, &length, nullptr, 0) != 0) return false;
  bytes = value;
  return true;
}

}  // namespace

std::optional<AllocatorFigures> OwnAllocatorFigures() {
  if (mallctl == nullptr) return std::nullopt;
  uint64_t epoch = 1;  // without it the figures below stay as they were at the last one
  size_t length = sizeof epoch;
  AllocatorFigures figures;
  const bool is_whole = mallctl("epoch", &epoch, &length, &epoch, length) == 0 &&
                        Read("stats.allocated", figures.allocated_bytes) &&
                        Read("stats.active", figures.active_bytes) &&
                        Read("stats.resident", figures.resident_bytes);
  if (!is_whole) return std::nullopt;  // built without statistics
  return figures;
}

}  // namespace seep::serve

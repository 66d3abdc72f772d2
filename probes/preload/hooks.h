// SPDX-License-Identifier: Apache-2.0
// What the hooks of C and C++ share.
#pragma once

#include <cstddef>

#define SEEP_EXPORT __attribute__((visibility("default")))

namespace seep::probe {

// memalign, seen once. nullptr when the real allocator has no memory.
void* AllocateAligned(size_t alignment, size_t size);

}  // namespace seep::probe

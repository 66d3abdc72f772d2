// SPDX-License-Identifier: Apache-2.0
// A plugin of late_plugin that knows jemalloc's own names, and does nothing without jemalloc.
#include "tests/targets/zoo.h"

extern "C" {
[[gnu::weak]] void* mallocx(size_t size_bytes, int flags);

[[gnu::visibility("default")]] size_t seep_zoo_plugin_run(size_t size_bytes, bool is_leaking) {
  if (mallocx == nullptr || !is_leaking) return 0;
  return zoo::Touch(mallocx(size_bytes, 0), size_bytes) != nullptr ? size_bytes : 0;
}
}

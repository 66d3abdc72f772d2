// SPDX-License-Identifier: Apache-2.0
// The plugin of dlopen_churn that may leak, with a large stack frame: see plugin_parser.cpp.
#include "tests/targets/zoo.h"

[[gnu::noipa]] static void* RenderInPlugin(size_t size_bytes) {
  char frame[3000];
  zoo::Touch(frame, sizeof frame);
  return zoo::Touch(malloc(size_bytes), size_bytes);
}

[[gnu::noipa]] static void* LeakInPlugin(size_t size_bytes) {
  char frame[700];
  zoo::Touch(frame, sizeof frame);
  return zoo::Touch(malloc(size_bytes), size_bytes);
}

// Returns the bytes leaked.
extern "C" [[gnu::visibility("default")]] size_t seep_zoo_plugin_run(size_t size_bytes,
                                                                     bool is_leaking) {
  free(RenderInPlugin(size_bytes));
  if (!is_leaking) return 0;
  LeakInPlugin(size_bytes);
  return size_bytes;
}

// SPDX-License-Identifier: Apache-2.0
// A plugin of dlopen_churn. Unlike the other one it has a small stack frame, so that unwind rules
// kept from one are wrong for the other when it is loaded at the same address.
#include "tests/targets/zoo.h"

[[gnu::noipa]] static void* ParseInPlugin(size_t size_bytes) {
  return zoo::Touch(malloc(size_bytes), size_bytes);
}

extern "C" [[gnu::visibility("default")]] size_t seep_zoo_plugin_run(size_t size_bytes, bool) {
  free(ParseInPlugin(size_bytes));
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// A program with an unwinder of its own in the global scope, that must not be called by us.
#include <cstdlib>

extern "C" {
#define TRAP_OVERRIDE(name)                           \
  __attribute__((visibility("default"))) int name() { \
    std::abort();                                     \
  }
TRAP_OVERRIDE(backtrace)
TRAP_OVERRIDE(_Unwind_Backtrace)
TRAP_OVERRIDE(_Unwind_GetIP)
TRAP_OVERRIDE(_Unwind_GetIPInfo)
TRAP_OVERRIDE(_Unwind_GetCFA)
TRAP_OVERRIDE(_Unwind_Find_FDE)
TRAP_OVERRIDE(dl_iterate_phdr)
TRAP_OVERRIDE(unw_backtrace)
TRAP_OVERRIDE(unw_step)
}

int main() {
  for (int i = 0; i < 100; ++i) {
    void* volatile block = std::malloc(4096 + 128);
    if (i % 2 == 0) std::free(block);
  }
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// What a name stands for without us.
#pragma once

#include <dlfcn.h>

namespace seep::probe {

// RTLD_NEXT, or of a library that was attached the handle of the program's scope, where we are not.
extern void* real_scope __attribute__((visibility("hidden")));

// nullptr: nobody defines it. May allocate.
inline void* FindReal(const char* symbol) {
  return dlsym(real_scope, symbol);
}

}  // namespace seep::probe

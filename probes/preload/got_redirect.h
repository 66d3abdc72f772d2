// SPDX-License-Identifier: Apache-2.0
// Calls of functions that libseep.so must not define: programs ask whether a name such as mallocx
// exists to find out which allocator they have. The slots through which loaded objects call them
// are pointed at the hooks instead.
#pragma once

#include <cstddef>

namespace seep::probe {

struct Redirection {
  const char* name;
  void* from;  // the definition that calls go to now; nullptr: none, nothing to do
  void* to;
};

// In the objects that are loaded by now, but for ours and those that hold a `from`. Before the
// target's main, from our constructor: takes the loader's lock. Skips what is damaged.
void RedirectCalls(const Redirection* redirections, size_t count);

}  // namespace seep::probe

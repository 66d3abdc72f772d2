// SPDX-License-Identifier: Apache-2.0
// dlclose, interposed to tell the unwinder that addresses may get another meaning. Unlike dlopen
// it does not look at its caller, so that the target cannot tell.

#include <atomic>
#include <cerrno>

#include "probes/preload/find_real.h"
#include "probes/preload/hooks.h"
#include "probes/preload/unwind/rule_cache.h"

namespace seep::probe {
namespace {

using Dlclose = int (*)(void*);

Dlclose RealDlclose() {
  static constinit std::atomic<Dlclose> known{nullptr};
  Dlclose real = known.load(std::memory_order_relaxed);
  if (real == nullptr) {
    const int saved_errno = errno;
    real = reinterpret_cast<Dlclose>(FindReal("dlclose"));
    known.store(real, std::memory_order_relaxed);
    errno = saved_errno;
  }
  return real;
}

}  // namespace
}  // namespace seep::probe

using namespace seep::probe;

extern "C" SEEP_EXPORT int dlclose(void* handle) {
  const Dlclose real = RealDlclose();
  unwind::rule_cache.UnloadBegins();
  const int result = real(handle);
  unwind::rule_cache.UnloadEnds();
  return result;
}

// SPDX-License-Identifier: Apache-2.0
// Around everything that a hook does besides calling the real function.
#pragma once

#include <cerrno>

#include "probes/preload/thread_state.h"

namespace seep::probe {

// Keeps errno and marks the thread busy: what the unwinder might allocate is not sampled.
class ColdSection {
 public:
  ColdSection() : was_busy_(tls.is_busy) {
    tls.is_busy = true;
    if (__builtin_expect(tls.errno_place == nullptr, 0)) tls.errno_place = &errno;
    errno_ = *tls.errno_place;
  }
  ~ColdSection() {
    tls.is_busy = was_busy_;
    *tls.errno_place = errno_;
  }
  ColdSection(const ColdSection&) = delete;
  ColdSection& operator=(const ColdSection&) = delete;
  // In a signal handler over the probe, or in what the probe called.
  bool is_reentrant() const { return was_busy_; }

 private:
  int errno_;
  bool was_busy_;
};

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// The probe's thread-local words. Plain data with the initial-exec model: no constructor, no
// destructor, no __tls_get_addr that could allocate; valid from the first instruction of a thread
// to its last.
#pragma once

#include <cstdint>

namespace seep::probe {

class ThreadShard;

struct ThreadState {
  int64_t bytes_until_sample;   // starts at 0: the first allocation of a thread draws it
  uint64_t random;              // 0 until seeded
  uint32_t interval_doublings;  // the T with which bytes_until_sample was drawn
  bool has_interval;            // bytes_until_sample was drawn
  uint32_t attachment;          // of the process when it was drawn: see process.h
  bool is_busy;                 // inside the probe: allocations are forwarded untouched
  bool is_resolving;            // inside dlsym on our behalf
  ThreadShard* shard;           // exact mode; may be that of a fork's parent
  int* errno_place;             // asking libc for it is a call; nullptr until then
};

extern __thread ThreadState tls __attribute__((tls_model("initial-exec"), visibility("hidden")));

}  // namespace seep::probe

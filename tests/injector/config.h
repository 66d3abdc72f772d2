// SPDX-License-Identifier: Apache-2.0
// What the environment asks of the injector. Read once, in the constructor, on the main thread.
#pragma once

#include <cstdint>

namespace seep_leak {

struct Config {
  const char* library = nullptr;   // basename before ':' of SEEP_LEAK_FUNCTION; null = executable
  const char* function = nullptr;  // null = inert
  double fraction = 0;             // SEEP_LEAK_FRACTION, 0..1 of the allocations beneath function
  double more = 0;                 // SEEP_LEAK_MORE, share by which these are made larger
  double after_s = 0;              // SEEP_LEAK_AFTER, seconds from the start of the process
  uint64_t seed = 1;               // SEEP_LEAK_SEED
  const char* log_path = nullptr;  // SEEP_LEAK_LOG; %p stands for the pid; null = no log
};

// The strings live in static storage: a target may rewrite its environment.
Config ReadConfig();

}  // namespace seep_leak

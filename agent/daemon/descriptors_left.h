// SPDX-License-Identifier: Apache-2.0
// How many descriptors the agent may still open.
#pragma once

#include <cstdint>

#include "storage/model/error.h"

namespace seep::agent {

// For what the agent opens and closes again: files of /proc, ledgers, the spool, a database that is
// made anew, clients of /health. A service takes one for good.
inline constexpr uint64_t kSpareDescriptors = 16;
inline constexpr uint64_t kLeastDescriptors = 4;  // without them nothing can be looked at

uint64_t FreeDescriptors();
// With the remedy.
model::Error TooFewDescriptors();

}  // namespace seep::agent

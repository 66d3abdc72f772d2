// SPDX-License-Identifier: Apache-2.0
// Who is writing a ledger.
#pragma once

#include <cstdint>

namespace seep::probe {

struct Identity {
  uint32_t pid = 0;
  uint64_t start_ticks = 0;  // since the boot; 0 without /proc
};
Identity ReadIdentity();

// /proc/sys/kernel/random/boot_id; empty without /proc.
void ReadBootId(char (&boot_id)[40]);

}  // namespace seep::probe

// SPDX-License-Identifier: Apache-2.0
// The unwinders that the probe's is compared with. libgcc's is linked in and hidden; libunwind is
// loaded RTLD_LOCAL, so that its _Unwind_* do not take over the program's exceptions.
#pragma once

#include <cstdint>

#include "probes/ledger/layout.h"
#include "probes/preload/unwind/walker.h"

namespace seep::oracle {

// Addresses as the probe keeps them: return addresses; of interrupted frames the address + 1.
struct Stack {
  uint64_t frames[ledger::kMaxFrames];
  uint32_t count = 0;
};

bool LoadLibunwind();

// The calling thread's stack without the leading frames in `skip`; at most kMaxFrames.
void CaptureByLibgcc(const probe::AddressRange& skip, Stack* stack);
void CaptureByLibunwind(const probe::AddressRange& skip, Stack* stack);

}  // namespace seep::oracle

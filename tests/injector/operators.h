// SPDX-License-Identifier: Apache-2.0
// The interposed operator new and delete. They are separate from malloc since a preload below us
// (the probe, jemalloc) may serve them without going through malloc.
#pragma once

namespace seep_leak {

// libstdc++'s operator new calls malloc, hence our hook, which then considers the block. Tries each
// variant once; those that do not come back to our malloc consider their blocks themselves.
// No state is kept across the call, as operator new may throw through us.
void FindOutWhoAllocatesForNew();

}  // namespace seep_leak

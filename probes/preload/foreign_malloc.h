// SPDX-License-Identifier: Apache-2.0
// Whose malloc the target calls. A program, or a library preloaded before us, that defines malloc
// comes first; if it serves blocks of its own, the probe sees none of them and says so.
#pragma once

namespace seep::probe {

// Whether a definition comes before ours and nobody knows yet if it leads to us: no ledger before
// that is decided. Any thread.
bool IsForeignMallocUndecided();

// From our constructor, where no allocator is at work on this thread: tries it out.
void DecideForeignMalloc();

// Names the module that serves the target's blocks; nullptr: the probe sees them.
const char* ForeignMallocReason();

}  // namespace seep::probe

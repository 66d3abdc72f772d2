// SPDX-License-Identifier: Apache-2.0
// Whether the calling thread runs a signal handler: what the handler interrupted may hold any lock.
#pragma once

#include "probes/preload/unwind/walker.h"

namespace seep::probe::unwind {

// True also where the stack does not tell: it cannot be followed to its outermost frame. Not for
// hot paths: rules are read from the unwind data, about a microsecond a frame.
[[gnu::cold, gnu::noinline]] bool MayBeInSignalHandler(const Registers& here);

}  // namespace seep::probe::unwind

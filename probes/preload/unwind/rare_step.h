// SPDX-License-Identifier: Apache-2.0
// The steps of a walk that are not worth a place in its loop: signal frames, PLT stubs, stacks
// switched, code without unwind data.
#pragma once

#include <cstdint>

#include "probes/preload/unwind/rule.h"
#include "probes/preload/unwind/stack_memory.h"
#include "probes/preload/unwind/walker.h"

namespace seep::probe::unwind {

// A walk between two frames.
struct Position {
  Registers registers;
  // Stack that may be read without asking. On a foreign stack: the page last asked for.
  MemoryRange readable;
  // The last address (+ 1) that was no return address: the first one, or that of a signal frame.
  uint64_t interrupted_at = 0;
  const Registers* first;  // where the walk began
};

// What may be read above `rsp` without asking; empty on a foreign stack.
MemoryRange ReadableFrom(uint64_t rsp);

// True when the caller's frame, which begins at `cfa` and has rbp saved at `rbp_at`, may be read
// although it lies outside of what is known to be readable: the next page of a foreign stack, or
// another stack. Rising is demanded within one.
[[gnu::cold, gnu::noinline]] bool LeaveReadable(uint64_t cfa, uint64_t rbp_at, Position* at);

// A step by any rule but kEnd. False: the walk ends here.
[[gnu::cold, gnu::noinline]] bool TakeRareStep(Rule rule, Position* at);

}  // namespace seep::probe::unwind

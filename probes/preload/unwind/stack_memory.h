// SPDX-License-Identifier: Apache-2.0
// Which stack memory may be read. The stack that the C library gave the thread is known: from a
// captured rsp to its end everything is mapped. Of any other stack (fiber, signal stack, custom)
// a page is asked for before it is read, by one system call a page.
#pragma once

#include <cstdint>

#include "probes/preload/unwind/byte_cursor.h"

namespace seep::probe::unwind {

// The calling thread's own stack when `address` lies in it, else an empty range. Its lower end may
// be a guard page: only what lies above an rsp of this thread is mapped for sure.
MemoryRange OwnStackAt(uint64_t address);

// True where the main thread's stack begins: no frame lies above.
bool IsMainStackRoot(uint64_t rsp);

// True when 8 bytes at `address` can be read. One system call, no side effect.
bool IsReadable(uint64_t address);

// The word at an address that was found readable. Sanitizers must not look: red zones and other
// threads' words are among what lies on a stack.
[[gnu::always_inline]] inline uint64_t LoadWord(uint64_t address) {
  uint64_t word;
  asm("movq %1, %0" : "=r"(word) : "m"(*reinterpret_cast<const uint64_t*>(address)));
  return word;
}

}  // namespace seep::probe::unwind

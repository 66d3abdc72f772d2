// SPDX-License-Identifier: Apache-2.0
// Counts the system calls of a process by a seccomp filter that turns each into a SIGSYS.
#pragma once

#include <cstdint>

namespace seep::bench {

// From now on, for good, every system call of this process is counted and fails; only write,
// rt_sigreturn and exit_group go through. For a child that is about to end. False: no seccomp.
bool RefuseSyscalls();

uint64_t RefusedSyscalls();

}  // namespace seep::bench

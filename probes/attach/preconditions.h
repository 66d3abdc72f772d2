// SPDX-License-Identifier: Apache-2.0
// Whether a process may be injected into at all, said before anything is done to it.
#pragma once

#include <sys/types.h>

#include "probes/attach/loaded_program.h"
#include "storage/model/error.h"

namespace seep::attach {

// What the kernel tells of it: another user's, traced, stopped, under seccomp, ... The message
// names the process, the cause and the remedy. kInvalidArgument: our own pid.
model::Status CheckProcess(pid_t pid);

// A system call that the filter does not expect may be the process's end.
bool HasSeccompFilter(pid_t pid);

// What is loaded: glibc, no sanitizer.
model::Status CheckProgram(pid_t pid, const LoadedProgram& program);

}  // namespace seep::attach

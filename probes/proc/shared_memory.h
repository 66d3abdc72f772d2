// SPDX-License-Identifier: Apache-2.0
// Memory that outlives whoever made it: System V segments, and files in /dev/shm.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace seep::proc {

// Resident and swapped bytes of the System V segments that the process made and that are still
// there. Nothing: it is in another IPC or pid namespace, whose segments cannot be seen from here.
std::optional<uint64_t> ReadSysvBytes(pid_t pid);
// The same of the text of /proc/sysvipc/shm; for tests.
uint64_t SumSysvBytes(std::string_view table, pid_t creator);

// What is in use of the tmpfs that the process sees as /dev/shm: by all, not by it alone. Nothing:
// it has none.
std::optional<uint64_t> ReadDevShmBytes(pid_t pid);

}  // namespace seep::proc

// SPDX-License-Identifier: Apache-2.0
// What a process's memory consists of, from /proc/PID/smaps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/model/error.h"

namespace seep::proc {

// Resident and swapped bytes; each page in one of the first group. Shared memory (tmpfs, memfd,
// SYSV and anonymous) is left out: RssShmem has it exactly, and with it the ledger.
struct MemoryMap {
  uint64_t arenas = 0;         // the brk heap and glibc's other arenas
  uint64_t anonymous = 0;      // other anonymous memory
  uint64_t thread_stacks = 0;  // also that of the main thread
  uint64_t file_dirty = 0;     // of files, changed since it was read: private copies too
  uint64_t file_clean = 0;
  uint64_t seep = 0;  // of libseep.so

  // Of all mappings.
  uint64_t pss = 0;        // proportional set size
  uint64_t anon_huge = 0;  // in transparent huge pages
  uint64_t lazy_free = 0;  // given up by MADV_FREE; the kernel takes it when it needs it

  uint64_t mappings = 0;  // how many: what vm.max_map_count limits

  double took_s = 0;  // CPU time of the look: no longer did the target's mappings stand still
};

// `shared_devices`: "fd:01"-like numbers of tmpfs file systems. For tests; ReadMemoryMap finds
// them.
MemoryMap SumMemoryMap(std::string_view smaps, const std::vector<std::string_view>& shared_devices);

// Walks every page: about 9 ms a GB, during which the target cannot change its mappings; call it
// rarely.
model::Result<MemoryMap> ReadMemoryMap(pid_t pid);

}  // namespace seep::proc

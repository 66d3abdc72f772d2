// SPDX-License-Identifier: Apache-2.0
// Counters of one process that are not in the files of every tick. Any thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "storage/model/error.h"

namespace seep::proc {

// Storage that it caused to be read and written, cumulative. Nothing: not ours to see.
struct StorageBytes {
  uint64_t read = 0;
  uint64_t written = 0;
};
std::optional<StorageBytes> ReadStorageBytes(pid_t pid);

// Of all threads that live, cumulative: falls when one ends. About 15 us a thread.
struct ContextSwitches {
  uint64_t voluntary = 0;
  uint64_t involuntary = 0;
  double took_s = 0;  // CPU time of the look
};
std::optional<ContextSwitches> ReadContextSwitches(pid_t pid);

// Children that have ended and that nobody has waited for. About 10 us a child.
struct Zombies {
  uint64_t count = 0;
  double took_s = 0;
};
Zombies CountZombies(pid_t pid);

// Mappings, as vm.max_map_count counts them; about 0.4 us each, in which the target cannot change
// them.
struct MappingCount {
  uint64_t count = 0;
  double took_s = 0;
};
std::optional<MappingCount> CountMappings(pid_t pid);

}  // namespace seep::proc

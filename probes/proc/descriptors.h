// SPDX-License-Identifier: Apache-2.0
// What a process has open, by kind, and the space that only its descriptors hold.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "probes/proc/socket_kinds.h"
#include "storage/model/error.h"

namespace seep::proc {

struct Descriptors {
  KindCounts counts{};         // by DescriptorKind
  uint64_t deleted_bytes = 0;  // on disk, of files without a name; each file once
  uint64_t memory_bytes = 0;   // of files in memory (tmpfs, memfd), named or not; each once
  double took_s = 0;           // CPU time of the look

  uint64_t Count(DescriptorKind kind) const { return counts[static_cast<size_t>(kind)]; }
};

// A readlink for each descriptor, a stat for each file (none on network file systems, where it
// might wait for ever), and the socket tables: about 2 us a descriptor. The target is not held up.
// kNotFound, kIo: ended, or not ours to see.
model::Result<Descriptors> ReadDescriptors(pid_t pid);

}  // namespace seep::proc

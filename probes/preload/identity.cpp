// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/identity.h"

#include <cstddef>
#include <cstring>

#include "probes/preload/syscalls.h"
#include "probes/preload/text.h"

namespace seep::probe {
namespace {

// The first bytes of a file, NUL-terminated; empty on failure.
template <size_t kCapacity>
void ReadSmallFile(const char* path, char (&content)[kCapacity]) {
  content[0] = '\0';
  const int fd = SysOpen(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const long bytes = SysRead(fd, content, kCapacity - 1);
  SysClose(fd);
  content[bytes > 0 ? bytes : 0] = '\0';
}

}  // namespace

Identity ReadIdentity() {
  char stat[1024];
  ReadSmallFile("/proc/self/stat", stat);
  // "pid (name) state ..." - the name may hold blanks and brackets: count fields after the last.
  const char* at = strrchr(stat, ')');
  Identity identity{SysGetpid(), 0};
  if (at == nullptr) return identity;
  constexpr int kFieldsToStartTime = 20;  // from the name (2) to starttime (22), proc(5)
  for (int field = 0; field < kFieldsToStartTime; ++field) {
    at = strchr(at, ' ');
    if (at == nullptr) return identity;
    ++at;
  }
  identity.start_ticks = ReadDecimal(at);
  return identity;
}

void ReadBootId(char (&boot_id)[40]) {
  ReadSmallFile("/proc/sys/kernel/random/boot_id", boot_id);
  for (char& c : boot_id) c = c == '\n' ? '\0' : c;
}

}  // namespace seep::probe

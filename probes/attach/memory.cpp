// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace seep::attach {

bool Memory::Read(uint64_t address, void* to, size_t bytes) const {
  const iovec local{to, bytes};
  const iovec remote{reinterpret_cast<void*>(address), bytes};
  return process_vm_readv(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

bool Memory::Write(uint64_t address, const void* from, size_t bytes) const {
  const iovec local{const_cast<void*>(from), bytes};
  const iovec remote{reinterpret_cast<void*>(address), bytes};
  return process_vm_writev(pid_, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

std::string Memory::ReadText(uint64_t address, size_t limit) const {
  constexpr size_t kPageBytes = 4096;
  std::string text;
  std::array<char, kPageBytes> piece;
  while (text.size() < limit) {
    // Up to the end of the page: the next one may not be there.
    const size_t wanted =
        std::min(kPageBytes - (address + text.size()) % kPageBytes, limit - text.size());
    if (!Read(address + text.size(), piece.data(), wanted)) break;
    const size_t length = strnlen(piece.data(), wanted);
    text.append(piece.data(), length);
    if (length < wanted) break;
  }
  return text;
}

}  // namespace seep::attach

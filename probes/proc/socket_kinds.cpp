// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/socket_kinds.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

constexpr size_t kStateField = 3;  // of tcp, hexadecimal

size_t InodeField(SocketTable table) {
  return table == SocketTable::kUnix ? 6 : 9;
}

// include/net/tcp_states.h; the numbers are part of the interface.
DescriptorKind KindOfState(std::string_view state) {
  unsigned number = 0;
  std::from_chars(state.data(), state.data() + state.size(), number, 16);
  switch (number) {
    case 1:
      return DescriptorKind::kTcpEstablished;
    case 2:
    case 3:
    case 12:
      return DescriptorKind::kTcpOpening;
    case 7:
      return DescriptorKind::kTcpClosed;
    case 8:
      return DescriptorKind::kTcpCloseWait;
    case 10:
      return DescriptorKind::kTcpListen;
    default:
      return DescriptorKind::kTcpClosing;
  }
}

DescriptorKind KindOf(SocketTable table, std::string_view state) {
  switch (table) {
    case SocketTable::kTcp:
      return KindOfState(state);
    case SocketTable::kUdp:
      return DescriptorKind::kUdp;
    case SocketTable::kUnix:
      return DescriptorKind::kUnix;
    case SocketTable::kNetlink:
      return DescriptorKind::kNetlink;
  }
  return DescriptorKind::kSocket;
}

}  // namespace

void CountInTable(SocketTable table, std::string_view text, std::vector<uint64_t>* inodes,
                  KindCounts* counts) {
  TakeLine(&text);  // the head
  std::vector<bool> is_found(inodes->size());
  while (!text.empty()) {
    std::string_view line = TakeLine(&text);
    std::string_view state;
    for (size_t field = 0; field < InodeField(table); ++field) {
      const std::string_view word = TakeWord(&line);
      if (field == kStateField) state = word;
    }
    const auto inode = ParseNumber(TakeWord(&line));
    if (!inode) continue;
    const auto [first, last] = std::equal_range(inodes->begin(), inodes->end(), *inode);
    for (auto at = first; at != last; ++at) {
      // A table that changes while it is read may show a socket twice.
      const auto index = static_cast<size_t>(at - inodes->begin());
      if (is_found[index]) continue;
      is_found[index] = true;
      ++(*counts)[static_cast<size_t>(KindOf(table, state))];
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < inodes->size(); ++i) {
    if (!is_found[i]) (*inodes)[kept++] = (*inodes)[i];
  }
  inodes->resize(kept);
}

void CountSockets(pid_t pid, std::vector<uint64_t> inodes, KindCounts* counts) {
  // Those of TCP last: the kernel walks its whole hash table for them, 10 ms on a large machine.
  constexpr std::pair<const char*, SocketTable> kTables[] = {
      {"unix", SocketTable::kUnix}, {"netlink", SocketTable::kNetlink},
      {"udp", SocketTable::kUdp},   {"udp6", SocketTable::kUdp},
      {"tcp", SocketTable::kTcp},   {"tcp6", SocketTable::kTcp}};
  std::sort(inodes.begin(), inodes.end());
  for (const auto& [name, table] : kTables) {
    if (inodes.empty()) return;
    const auto text = ReadFile("/proc/" + std::to_string(pid) + "/net/" + name);
    if (text) CountInTable(table, *text, &inodes, counts);
  }
  (*counts)[static_cast<size_t>(DescriptorKind::kSocket)] += inodes.size();
}

}  // namespace seep::proc

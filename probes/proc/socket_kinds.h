// SPDX-License-Identifier: Apache-2.0
// Sockets by family and state. A descriptor tells but the inode of its socket; the tables of its
// network namespace tell the rest.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "probes/proc/descriptor_kind.h"

namespace seep::proc {

// Takes the sockets of `inodes` that the tables of the process's network namespace know, and counts
// them in `counts` by kind; the rest is kSocket. Each table is read once, and only while sockets
// are missing: a machine with many connections has long tables.
using KindCounts = std::array<uint64_t, kDescriptorKinds>;
void CountSockets(pid_t pid, std::vector<uint64_t> inodes, KindCounts* counts);

// One table in the form of /proc/net/tcp, udp, unix or netlink. Found ones are taken out of
// `inodes`, which is sorted. Public for tests.
enum class SocketTable { kTcp, kUdp, kUnix, kNetlink };
void CountInTable(SocketTable table, std::string_view text, std::vector<uint64_t>* inodes,
                  KindCounts* counts);

}  // namespace seep::proc

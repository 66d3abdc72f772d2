// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/socket_kinds.h"

#include <catch2/catch.hpp>

using namespace seep;
using proc::DescriptorKind;

namespace {

// As Linux 6.1 writes it, shortened.
constexpr char kTcp[] =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 "
    "1\n"
    "   1: 0100007F:1F90 0100007F:A2C4 08 00000000:00000001 00:00000000 00000000     0        0 12 "
    "1\n"
    "   2: 0100007F:A2C4 0100007F:1F90 05 00000000:00000000 00:00000000 00000000     0        0 0 "
    "1\n"
    "   1: 0100007F:1F90 0100007F:A2C4 08 00000000:00000001 00:00000000 00000000     0        0 12 "
    "1\n"
    "cut sh";

uint64_t Count(const proc::KindCounts& counts, DescriptorKind kind) {
  return counts[static_cast<size_t>(kind)];
}

}  // namespace

TEST_CASE("sockets are found by their inode, once each, and what is not there is left") {
  proc::KindCounts counts{};
  std::vector<uint64_t> inodes{11, 12, 99};
  proc::CountInTable(proc::SocketTable::kTcp, kTcp, &inodes, &counts);
  CHECK(Count(counts, DescriptorKind::kTcpListen) == 1);
  CHECK(Count(counts, DescriptorKind::kTcpCloseWait) == 1);
  CHECK(Count(counts, DescriptorKind::kTcpClosing) == 0);
  CHECK(inodes == std::vector<uint64_t>{99});
}

TEST_CASE("several descriptors of one socket count as often as they are") {
  proc::KindCounts counts{};
  std::vector<uint64_t> inodes{12, 12};
  proc::CountInTable(proc::SocketTable::kTcp, kTcp, &inodes, &counts);
  CHECK(Count(counts, DescriptorKind::kTcpCloseWait) == 2);
  CHECK(inodes.empty());
}

TEST_CASE("a table of unix sockets has its inodes elsewhere") {
  constexpr char kText[] =
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "ffff0000: 00000002 00000000 00010000 0001 01 77 /run/x y\n";
  proc::KindCounts counts{};
  std::vector<uint64_t> inodes{77};
  proc::CountInTable(proc::SocketTable::kUnix, kText, &inodes, &counts);
  CHECK(Count(counts, DescriptorKind::kUnix) == 1);
}

TEST_CASE("an empty or broken table finds nothing") {
  proc::KindCounts counts{};
  std::vector<uint64_t> inodes{0, 1};
  for (const char* text : {"", "head", "head\n\n\n", "head\n0: 1 2 3 4 5 6 7 8 x\n"}) {
    proc::CountInTable(proc::SocketTable::kTcp, text, &inodes, &counts);
  }
  CHECK(inodes.size() == 2);
}

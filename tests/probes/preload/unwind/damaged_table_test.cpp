// SPDX-License-Identifier: Apache-2.0
// Damaged unwind data: copies of a library's with bytes changed at random. Whatever they say, the
// copy is not left (AddressSanitizer watches) and the search comes to an end.
#include <link.h>

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "probes/preload/unwind/unwind_table.h"
#include "tests/probes/preload/unwind/table_image.h"

using namespace seep::probe::unwind;

namespace {

struct Copy {
  Bytes bytes;
  UnwindTable original;

  explicit Copy(const UnwindTable& table)
      : bytes(reinterpret_cast<const uint8_t*>(table.header),
              reinterpret_cast<const uint8_t*>(table.memory.end)),
        original(table) {}
  // Addresses in the data are relative: in the copy all code has moved with it.
  UnwindTable table() const {
    const auto start = reinterpret_cast<uint64_t>(bytes.data());
    return {{start, start + bytes.size()}, start};
  }
  uint64_t Moved(uint64_t address) const { return address - original.header + table().header; }
};

UnwindTable LibcTable() {
  UnwindTable table;
  REQUIRE(FindUnwindTable(reinterpret_cast<uint64_t>(&qsort), &table));
  return table;
}

}  // namespace

TEST_CASE("a copy of unwind data says the same for the code that has moved with it") {
  const UnwindTable table = LibcTable();
  const Copy copy(table);
  const auto code = reinterpret_cast<uint64_t>(&qsort);
  for (uint64_t address = code - 20'000; address < code + 20'000; address += 3) {
    REQUIRE(FindRule(copy.table(), copy.Moved(address)) == FindRule(table, address));
  }
}

TEST_CASE("damaged unwind data is refused or misread, but never left") {
  const UnwindTable table = LibcTable();
  const auto code = reinterpret_cast<uint64_t>(&qsort);
  std::mt19937_64 random(1);
  uint64_t refused = 0;
  uint64_t changed = 0;
  for (int round = 0; round < 30; ++round) {
    Copy copy(table);
    // From a few bytes to most of them; the header's own in every third round.
    const int damages = 1 << (round % 18);
    for (int i = 0; i < damages; ++i) {
      copy.bytes[random() % copy.bytes.size()] = static_cast<uint8_t>(random());
    }
    if (round % 3 == 0) copy.bytes[random() % 12] = static_cast<uint8_t>(random());
    for (int i = 0; i < 3000; ++i) {
      const uint64_t address = code + random() % 400'000 - 200'000;
      const Rule rule = FindRule(copy.table(), copy.Moved(address));
      refused += rule.kind() == RuleKind::kNotUnderstood ? 1 : 0;
      changed += rule == FindRule(table, address) ? 0 : 1;
    }
  }
  CHECK(refused > 100);
  CHECK(changed > refused);
}

TEST_CASE("a table that is cut anywhere is not read beyond its end") {
  const TableImage image({0x41, 0x0e, 16, 0x86, 2, 0x0a, 0x0b, 0x2e, 8});
  const size_t terminator_bytes = 4;
  for (size_t length = 0; length < image.bytes.size() - terminator_bytes; ++length) {
    const Bytes cut(image.bytes.begin(), image.bytes.begin() + static_cast<std::ptrdiff_t>(length));
    const auto start = reinterpret_cast<uint64_t>(cut.data());
    const UnwindTable table{{start, start + cut.size()}, start};
    const Rule rule = FindRule(table, start + 0x10000 + 2);
    CHECK(rule.kind() >= RuleKind::kNoUnwindData);
  }
}

TEST_CASE("random bytes are no unwind data") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes(random() % 200);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    // A header that leads into the bytes, so that CIE and FDE are looked at.
    if (bytes.size() > 40) {
      const Bytes header = {1, 0x1b, 3, 0x3b, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 24, 0, 0, 0};
      std::copy(header.begin(), header.end(), bytes.begin());
      bytes[25] = bytes[26] = bytes[27] = 0;
    }
    const auto start = reinterpret_cast<uint64_t>(bytes.data());
    const UnwindTable table{{start, start + bytes.size()}, start};
    CHECK(static_cast<int>(FindRule(table, start + 0x10000 + random() % 256).kind()) <=
          static_cast<int>(RuleKind::kNotUnderstood));
  }
}

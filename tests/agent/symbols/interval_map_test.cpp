// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/interval_map.h"

#include <catch2/catch.hpp>
#include <random>

namespace seep::symbols {
namespace {

constexpr uint32_t kNothing = IntervalMap::kNothing;

TEST_CASE("the innermost range wins, and its surroundings come back after it") {
  const IntervalMap map({{10, 100, 1, 0}, {20, 40, 2, 1}, {30, 35, 3, 2}, {200, 210, 4, 0}});
  CHECK(map.Find(9) == kNothing);
  CHECK(map.Find(10) == 1);
  CHECK(map.Find(20) == 2);
  CHECK(map.Find(34) == 3);
  CHECK(map.Find(35) == 2);
  CHECK(map.Find(40) == 1);
  CHECK(map.Find(99) == 1);
  CHECK(map.Find(100) == kNothing);
  CHECK(map.Find(205) == 4);
  CHECK(map.Find(UINT64_MAX) == kNothing);
}

TEST_CASE("of equal ranges the deeper one is inside") {
  const IntervalMap map({{10, 20, 2, 5}, {10, 20, 1, 0}});
  CHECK(map.Find(10) == 2);
  CHECK(map.Find(19) == 2);
  CHECK(map.Find(20) == kNothing);
}

TEST_CASE("empty and crossing ranges do no harm") {
  CHECK(IntervalMap(std::vector<AddressRange>{}).Find(1) == kNothing);
  CHECK(IntervalMap({{5, 5, 1, 0}, {9, 3, 2, 0}}).Find(5) == kNothing);
  const IntervalMap map({{0, 10, 1, 0}, {5, 15, 2, 0}});
  CHECK(map.Find(7) == 2);
  CHECK(map.Find(12) == kNothing);
}

TEST_CASE("nested ranges at random agree with a linear search") {
  std::mt19937 random(7);
  std::vector<AddressRange> ranges;
  // Halving gives proper nesting: each child lies within its parent.
  const auto split = [&](auto&& self, uint64_t low, uint64_t high, uint32_t depth) -> void {
    if (high - low < 2 || depth > 12) return;
    if (random() % 3 != 0) {
      ranges.push_back({low, high, static_cast<uint32_t>(ranges.size()), depth});
    }
    const uint64_t middle = low + random() % (high - low);
    self(self, low, middle, depth + 1);
    self(self, middle, high, depth + 1);
  };
  split(split, 0, 5000, 0);
  const IntervalMap map(ranges);
  for (uint64_t address = 0; address < 5100; ++address) {
    uint32_t expected = kNothing;
    uint32_t deepest = 0;
    for (const AddressRange& range : ranges) {
      if (address < range.low || address >= range.high || range.depth < deepest) continue;
      expected = range.value;
      deepest = range.depth;
    }
    REQUIRE(map.Find(address) == expected);
  }
}

}  // namespace
}  // namespace seep::symbols

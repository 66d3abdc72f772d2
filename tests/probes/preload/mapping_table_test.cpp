// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/mapping_table.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>

#include "probes/preload/sampling.h"

using namespace seep::probe;

namespace {

// The same by means of a std::map: start to end.
using Model = std::map<uint64_t, uint64_t>;

std::optional<Region> TakeFromModel(Model& model, const Region& range) {
  auto last = model.lower_bound(range.end);
  if (last == model.begin()) return std::nullopt;
  --last;
  if (last->second <= range.start) return std::nullopt;
  const Region taken{last->first, last->second};
  model.erase(last);
  return taken;
}

}  // namespace

TEST_CASE("a mapping table answers as an ordered map does") {
  const auto table = std::make_unique<MappingTable>();
  Model model;
  uint64_t random = 20261121;
  for (int i = 0; i < 200000; ++i) {
    const uint64_t start = NextRandom(random) % 20000;
    const Region range{start, start + 1 + NextRandom(random) % 20};
    Region taken;
    bool has_taken = table->TakeOverlapping(range, &taken);
    while (has_taken) {
      const auto expected = TakeFromModel(model, range);
      REQUIRE(expected);
      REQUIRE(taken.start == expected->start);
      REQUIRE(taken.end == expected->end);
      has_taken = table->TakeOverlapping(range, &taken);
    }
    REQUIRE_FALSE(TakeFromModel(model, range));
    if (NextRandom(random) % 3 == 0) continue;
    REQUIRE(table->Insert(range));
    model.emplace(range.start, range.end);
  }
  CHECK(model.size() > 500);
}

TEST_CASE("a full mapping table says so, and takes again what was given back") {
  const auto table = std::make_unique<MappingTable>();
  // In order of address, as a leak maps downwards: the tree must not become a list.
  for (uint64_t n = MappingTable::kCapacity; n > 0; --n) REQUIRE(table->Insert({n * 8, n * 8 + 8}));
  CHECK_FALSE(table->Insert({0, 8}));
  Region taken;
  REQUIRE(table->TakeOverlapping({80, 88}, &taken));
  CHECK(taken.start == 80);
  CHECK(table->Insert({0, 8}));
  CHECK_FALSE(table->Insert({80, 88}));
}

// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/symbol_cache.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using seep::model::SourceFrame;

TEST_CASE("a resolved address comes back with its inlined frames in order") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const SourceFrame inner{"ns::Inner(int)", "inner.cpp", 12, "libfoo.so", true};
  const SourceFrame outer{"Outer", "", 0, "libfoo.so", false};
  REQUIRE(PutSymbols(database, std::vector<CachedSymbol>{{"aabb", 0x1234, {inner, outer}},
                                                         {"aabb", 0x1235, {outer}}}));
  const auto found = GetSymbol(database, "aabb", 0x1234);
  REQUIRE(found);
  REQUIRE(*found);
  REQUIRE((*found)->size() == 2);
  const SourceFrame& frame = (*found)->at(0);
  CHECK(frame.function == inner.function);
  CHECK(frame.file == inner.file);
  CHECK(frame.line == inner.line);
  CHECK(frame.module == inner.module);
  CHECK(frame.is_inlined);
  CHECK((*found)->at(1).function == "Outer");
  CHECK_FALSE((*found)->at(1).is_inlined);

  SECTION("and is replaced as a whole") {
    REQUIRE(PutSymbols(database, std::vector<CachedSymbol>{{"aabb", 0x1234, {outer}}}));
    CHECK((*GetSymbol(database, "aabb", 0x1234))->size() == 1);
  }
}

TEST_CASE("an address that was not resolved is not in the cache") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const SourceFrame frame{"f", "", 0, "x", false};
  REQUIRE(PutSymbols(database, std::vector<CachedSymbol>{{"aabb", 1, {frame}}, {"", 2, {frame}}}));
  CHECK_FALSE(*GetSymbol(database, "aabb", 2));
  CHECK_FALSE(*GetSymbol(database, "ccdd", 1));
  CHECK_FALSE(*GetSymbol(database, "", 2));
}

TEST_CASE("symbols cannot be stored in a database opened for reading") {
  const TempDir dir;
  OpenOrFail(dir.File("seep.db"));
  auto database = Database::Open(dir.File("seep.db"), OpenMode::kReadOnly);
  REQUIRE(database);
  const auto stored = PutSymbols(*database, std::vector<CachedSymbol>{{"aabb", 1, {{}}}});
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == seep::model::Errc::kIo);
}

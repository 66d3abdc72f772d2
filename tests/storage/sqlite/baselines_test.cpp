// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/baselines.h"

#include <catch2/catch.hpp>

#include "storage/sqlite/run_writer.h"
#include "tests/storage/baseline/summaries.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep;
using namespace seep::sqlite;
using namespace seep::sqlite::test;
using seep::baseline::test::Sample;

namespace {

Database Open(const TempDir& dir) {
  auto database = Database::Open(dir.File("seep.db"), OpenMode::kReadWriteCreate);
  REQUIRE(database);
  return std::move(*database);
}

}  // namespace

TEST_CASE("a baseline is found as it was put, and replaced by one of its name") {
  const TempDir dir;
  Database database = Open(dir);
  CHECK_FALSE(*FindBaseline(database, "main"));
  model::Baseline baseline = Sample();
  REQUIRE(PutBaseline(database, baseline));
  auto found = FindBaseline(database, "main");
  REQUIRE(found);
  REQUIRE(*found);
  CHECK((*found)->runs.size() == 2);
  CHECK((*found)->runs[0].run_name == "a");
  CHECK((*found)->key == baseline.key);
  baseline.is_pinned = true;
  baseline.runs.pop_back();
  REQUIRE(PutBaseline(database, baseline));
  const auto all = ListBaselines(database);
  REQUIRE(all);
  REQUIRE(all->size() == 1);
  CHECK(all->front().is_pinned);
  CHECK(all->front().runs.size() == 1);
}

TEST_CASE("a baseline that is removed takes its runs along; one that is not there is named") {
  const TempDir dir;
  Database database = Open(dir);
  REQUIRE(PutBaseline(database, Sample()));
  const auto missing = RemoveBaseline(database, "release");
  REQUIRE_FALSE(missing);
  CHECK_THAT(missing.error().message, Catch::Contains("no baseline 'release'"));
  CHECK_THAT(missing.error().message, Catch::Contains("there are: main"));
  REQUIRE(RemoveBaseline(database, "main"));
  CHECK(ListBaselines(database)->empty());
  CHECK(Ask(dir.File("seep.db"), "SELECT count(*) FROM baseline_run") == "0");
}

TEST_CASE("a baseline whose rows are damaged is named, and not half of it is given") {
  const TempDir dir;
  Database database = Open(dir);
  REQUIRE(PutBaseline(database, Sample()));
  Ask(dir.File("seep.db"), "UPDATE baseline_run SET summary = '{}' WHERE position = 1");
  const auto found = FindBaseline(database, "main");
  REQUIRE_FALSE(found);
  CHECK(found.error().code == model::Errc::kCorrupt);
  CHECK_THAT(found.error().message, Catch::Contains("baseline 'main'"));
}

TEST_CASE("the figures of baselines can be asked in SQL") {
  const TempDir dir;
  Database database = Open(dir);
  REQUIRE(PutBaseline(database, Sample()));
  CHECK(Ask(dir.File("seep.db"),
            "SELECT group_concat(run_name || ' ' || value || ' ' || unit) FROM v_baseline "
            "WHERE baseline = 'main' AND feature = 'rss_swap.level'") ==
        "a 10000000.0 bytes,b 11000000.0 bytes");
}

TEST_CASE("what a run is of goes with the run") {
  const TempDir dir;
  Database database = Open(dir);
  model::Run run;
  run.name = "soak";
  auto writer = RunWriter::Begin(database, run);
  REQUIRE(writer);
  const model::RunId id = writer->run().id;
  CHECK_FALSE(*GetRunKey(database, id));
  const model::RunKey key{"api", "checkout", "x86_64-2", "abc"};
  REQUIRE(PutRunKey(database, id, key));
  CHECK(**GetRunKey(database, id) == key);
  Ask(dir.File("seep.db"), "PRAGMA foreign_keys = ON; DELETE FROM run");
  CHECK_FALSE(*GetRunKey(database, id));
}

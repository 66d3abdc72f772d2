// SPDX-License-Identifier: Apache-2.0
// The views of schema.sql, as a user of the sqlite3 shell sees them.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "storage/sqlite/run_writer.h"
#include "storage/sqlite/symbol_cache.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;

namespace {

// One run of 3 ticks, finished, with one resolved address.
std::string WriteSample(const TempDir& dir) {
  const std::string path = dir.File("seep.db");
  Database database = OpenOrFail(path);
  auto writer = RunWriter::Begin(database, SampleRun());
  for (const double t_s : {10, 20, 30}) REQUIRE(writer->Write(SampleTick(t_s)));
  REQUIRE(writer->Finish(31, 3));
  REQUIRE(PutSymbols(database, std::vector<CachedSymbol>{
                                   {"aabb01", 0x1234, {{"Leak()", "leak.cpp", 42, "s", false}}}}));
  return path;
}

}  // namespace

TEST_CASE("v_run shows a run with its command") {
  const TempDir dir;
  const std::string path = WriteSample(dir);
  CHECK(Ask(path,
            "SELECT name || '|' || started_at_utc || '|' || duration_s || '|' || state || "
            "'|' || target_exit || '|' || targets || '|' || stacks FROM v_run") ==
        "soak|2026-09-21 14:13:20|31.0|finished|3|1|2");
  CHECK(Ask(path, "SELECT command FROM v_run") == "/usr/bin/my server --port  caf\xe9 \"quoted\"");
}

TEST_CASE("v_point shows a measurement with run, process and time of day") {
  const TempDir dir;
  const std::string path = WriteSample(dir);
  CHECK(Ask(path,
            "SELECT run || '|' || pid || '|' || metric || '|' || t_s || '|' || value || "
            "'|' || unit || '|' || at_utc FROM v_point WHERE metric = 'rss_anon' "
            "ORDER BY t_s DESC") ==
        "soak|4711|rss_anon|30.0|1000000030.0|bytes|2026-09-21 14:13:50.123");
}

TEST_CASE("v_series shows the first, last, smallest and largest value of a series") {
  const TempDir dir;
  const std::string path = WriteSample(dir);
  CHECK(Ask(path,
            "SELECT pid || '|' || points || '|' || first_t_s || '|' || last_t_s || '|' || "
            "first_value || '|' || min_value || '|' || max_value || '|' || last_value "
            "FROM v_series WHERE run = 'soak' AND metric = 'rss_anon'") ==
        "4711|3|10.0|30.0|1000000010.0|1000000010.0|1000000030.0|1000000030.0");
}

// The other stack of the sample holds as much, but of mappings: no part of the heap.
TEST_CASE("v_stack shows the state of a stack at the last snapshot and its share of its kind") {
  const TempDir dir;
  const std::string path = WriteSample(dir);
  CHECK(Ask(path,
            "SELECT slot || '|' || kind || '|' || live_bytes || '|' || round(live_bytes_se, 3) || "
            "'|' || "
            "share || '|' || alloc_bytes || '|' || free_bytes || '|' || last_change_s "
            "FROM v_stack ORDER BY slot") == "7|heap|1030.25|9.975|1.0|4030.5|3000.25|30.0");
}

TEST_CASE("v_frame shows the resolved frames of a stack, and the others by address") {
  const TempDir dir;
  const std::string path = WriteSample(dir);
  CHECK(Ask(path,
            "SELECT module || '|' || address || '|' || function || '|' || file || ':' || "
            "line FROM v_frame WHERE stack_id = 1") ==
        "/usr/bin/my server|0x1234|Leak()|leak.cpp:42");
  CHECK(Ask(path, "SELECT count(*) FROM v_frame WHERE function IS NULL") == "3");
}

TEST_CASE("the views read the measurements of their run only") {
  const TempDir dir;
  Database database = OpenOrFail(WriteSample(dir));
  for (const std::string view : {"v_reading", "v_point", "v_series"}) {
    int64_t ignored = 0;
    std::string detail;
    int searches = 0;
    Rows plan = database.Query("EXPLAIN QUERY PLAN SELECT * FROM " + view + " WHERE run_id = 1");
    while (plan.Next(ignored, ignored, ignored, detail)) {
      INFO(view << ": " << detail);
      CHECK(detail.find("SCAN point") == std::string::npos);
      if (detail.find("SEARCH point") != std::string::npos) ++searches;
    }
    CHECK(searches == 3);
  }
}

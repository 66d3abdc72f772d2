// SPDX-License-Identifier: Apache-2.0
// What is kept of a run as it gets older, and which runs go when the database is too large.
#include "storage/sqlite/retention.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "storage/sqlite/queries.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;

namespace {

constexpr double kHour_s = 3600;
constexpr double kTick_s = 5;
const RetentionPolicy kPolicy{.raw_s = kHour_s, .minute_s = 2 * kHour_s, .budget_s = 1e9};

int64_t NowAt(double t_s) {
  return SampleRun().started_at_ns + static_cast<int64_t>(t_s * 1e9);
}

// Two series; the value of the first is the time.
Tick TickAt(double t_s) {
  Tick tick{.t_s = t_s,
            .targets = {{.target = SampleTarget(), .measurements = {}, .heap = {}}},
            .events = {}};
  tick.targets[0].measurements = {{"rss_anon", "bytes", t_s}, {"threads", "threads", 8}};
  return tick;
}

RunId WriteRun(Database& database, double duration_s, const std::string& name, bool is_finished) {
  Run run = SampleRun();
  run.name = name;
  auto writer = RunWriter::Begin(database, run);
  REQUIRE(writer);
  for (double t_s = 0; t_s < duration_s; t_s += kTick_s) REQUIRE(writer->Write(TickAt(t_s)));
  if (is_finished) REQUIRE(writer->Finish(duration_s, 0));
  return writer->run().id;
}

Retained RetainOrFail(Database& database, const RetentionPolicy& policy, int64_t now_ns) {
  const auto retained = Retain(database, policy, now_ns);
  INFO((retained ? "" : retained.error().message));
  REQUIRE(retained);
  return *retained;
}

int64_t Count(Database& database, const std::string& from) {
  return **database.QueryValue<int64_t>("SELECT count(*) FROM " + from);
}

void CheckAscending(Database& database, RunId run) {
  const auto loaded = LoadRun(database, run);
  REQUIRE(loaded);
  for (const SeriesData& series : loaded->series) {
    REQUIRE_FALSE(series.points.empty());
    CHECK(std::ranges::adjacent_find(series.points, [](const Point& a, const Point& b) {
            return a.t_s >= b.t_s;
          }) == series.points.end());
  }
}

// All rows of the buckets, as text.
std::string Buckets(const std::string& path) {
  return Ask(path,
             "SELECT group_concat(t_s || ' ' || series_id || ' ' || min_value || ' ' || mean_value "
             "|| ' ' || max_value || ' ' || last_value || ' ' || points, char(10)) FROM "
             "(SELECT * FROM point_10m UNION ALL SELECT * FROM point_1m)") +
         Ask(path, "SELECT count(*) FROM point");
}

}  // namespace

TEST_CASE("a run that goes on is kept raw, by the minute, by ten minutes") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const RunId run = WriteRun(database, 3 * kHour_s, "soak", false);
  CHECK(RetainOrFail(database, kPolicy, NowAt(kHour_s)).reduced_rows == 0);
  const Retained retained = RetainOrFail(database, kPolicy, NowAt(3 * kHour_s));
  CHECK(retained.is_done);
  CHECK(retained.reduced_rows == 2 * (2 * 720 + 60));
  CHECK(Count(database, "point") == 2 * 720);
  CHECK(Count(database, "point_1m") == 2 * 60);
  CHECK(Count(database, "point_10m") == 2 * 6);
  // The minute from 3600 s on and the ten minutes from 600 s on.
  const std::string row =
      "SELECT min_value || '|' || mean_value || '|' || max_value || '|' || last_value || '|' || "
      "points FROM ";
  const std::string path = database.path();
  CHECK(Ask(path, row + "point_1m WHERE series_id = 1 AND t_s = 3600") ==
        "3600.0|3627.5|3655.0|3655.0|12");
  CHECK(Ask(path, row + "point_10m WHERE series_id = 1 AND t_s = 600") ==
        "600.0|897.5|1195.0|1195.0|120");
  // Nothing is counted twice or lost.
  CHECK(Ask(path, "SELECT sum(points) FROM v_point WHERE metric = 'rss_anon'") == "2160");
  CHECK(Ask(path, "SELECT group_concat(DISTINCT resolution_s) FROM v_point") == "0,60,600");
  CHECK(Ask(path,
            "SELECT points || '|' || min_value || '|' || max_value || '|' || last_value FROM "
            "v_series WHERE metric = 'rss_anon'") == "2160|0.0|10795.0|10795.0");
  CheckAscending(database, run);
  const auto loaded = LoadRunSeries(database, run);
  REQUIRE(loaded);
  const std::vector<Point>& points = loaded->series.at(0).points;
  REQUIRE(points.size() == 720 + 60 + 6);
  CHECK(points.front().t_s == 300);
  CHECK(points.front().value == 297.5);
  CHECK(points.back().t_s == 3 * kHour_s - kTick_s);
}

TEST_CASE("retention in single portions, with a new process each, comes to the same") {
  const TempDir dir;
  const std::string whole = dir.File("whole.db");
  const std::string parts = dir.File("parts.db");
  {
    Database database = OpenOrFail(whole);
    WriteRun(database, 3 * kHour_s, "soak", false);
  }
  std::filesystem::copy_file(whole, parts);
  {
    Database database = OpenOrFail(whole);
    CHECK(RetainOrFail(database, kPolicy, NowAt(3 * kHour_s)).is_done);
  }
  RetentionPolicy short_policy = kPolicy;
  short_policy.budget_s = 0;
  int calls = 0;
  for (bool is_done = false; !is_done; ++calls) {
    Database database = OpenOrFail(parts);
    is_done = RetainOrFail(database, short_policy, NowAt(3 * kHour_s)).is_done;
    REQUIRE(calls < 100);
  }
  CHECK(calls >= 3);
  CHECK(Buckets(whole) == Buckets(parts));
}

TEST_CASE("a finished run is kept raw until it is old enough, then all of it is reduced") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const RunId run = WriteRun(database, 2 * kHour_s + 90, "soak", true);
  CHECK(RetainOrFail(database, kPolicy, NowAt(3 * kHour_s)).reduced_rows == 0);
  CHECK(RetainOrFail(database, kPolicy, NowAt(3 * kHour_s + 90)).reduced_rows > 0);
  CHECK(Count(database, "point") == 0);
  CHECK(Count(database, "point_1m") == 2 * 122);  // the last one is of half a minute
  CheckAscending(database, run);
  RetainOrFail(database, kPolicy, NowAt(5 * kHour_s));
  CHECK(Count(database, "point_1m") == 0);
  CHECK(Count(database, "point_10m") == 2 * 13);
  CheckAscending(database, run);
  const auto loaded = LoadRunSeries(database, run);
  CHECK(loaded->series.at(0).points.back().t_s == 2 * kHour_s + 90);  // not after the end
}

TEST_CASE("measurements that come late join the bucket of their time") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const RunId run = WriteRun(database, 2 * kHour_s, "soak", false);
  RetainOrFail(database, kPolicy, NowAt(2 * kHour_s));
  auto writer = RunWriter::Resume(database, run);
  REQUIRE(writer->Write(TickAt(62.5)));
  REQUIRE(writer->Write(TickAt(90)));  // exactly at the middle of a bucket
  CheckAscending(database, run);
  RetainOrFail(database, kPolicy, NowAt(2 * kHour_s));
  CHECK(Ask(database.path(),
            "SELECT min_value || '|' || max_value || '|' || points FROM point_1m "
            "WHERE series_id = 1 AND t_s = 60") == "60.0|115.0|14");
  CHECK(Ask(database.path(), "SELECT count(*) FROM point WHERE t_s < 3600") == "0");
}

TEST_CASE("beyond the cap the oldest finished runs go, never the newest of a name") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  const RunId oldest = WriteRun(database, kHour_s, "a", true);
  const RunId goes_on = WriteRun(database, kHour_s, "b", false);
  const RunId second = WriteRun(database, kHour_s, "a", true);
  const RunId of_b = WriteRun(database, kHour_s, "b", true);
  const RunId newest = WriteRun(database, kHour_s, "a", true);
  {
    auto writer = RunWriter::Begin(database, SampleRun());
    REQUIRE(writer->Write(LargeTick(1, 20, 500)));
    REQUIRE(writer->Finish(1, 0));
  }
  const auto ids = [&] {
    std::vector<RunId> found;
    const auto listed = ListRuns(database);
    REQUIRE(listed);
    for (const Run& run : *listed) found.push_back(run.id);
    std::ranges::sort(found);
    return found;
  };
  RetentionPolicy policy{.budget_s = 0};
  const int64_t now_ns = NowAt(kHour_s);
  policy.size_cap_bytes = 1 << 30;
  CHECK(RetainOrFail(database, policy, now_ns).is_done);
  CHECK(ids().size() == 6);

  // A little too large: one run, gone from sight at once and from the file in portions.
  const int64_t bytes = **database.QueryValue<int64_t>(
      "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
      "pragma_freelist_count, pragma_page_size");
  policy.size_cap_bytes = bytes - 4096;
  const Retained begun = RetainOrFail(database, policy, now_ns);
  CHECK(begun.removed_runs == std::vector<std::string>{"a"});
  CHECK_FALSE(begun.is_done);
  CHECK(ids().front() == goes_on);
  CHECK(FindRun(database, std::to_string(static_cast<int64_t>(oldest))).error().code ==
        Errc::kNotFound);
  CHECK(Ask(database.path(), "SELECT count(*) FROM v_run") == "5");
  while (!RetainOrFail(database, policy, now_ns).is_done) {
  }
  CHECK(Ask(database.path(), "SELECT count(*) FROM point WHERE run_id = 1") == "0");
  CHECK(ids().size() == 5);

  policy.size_cap_bytes = 1;
  policy.budget_s = 1e9;
  const Retained all = RetainOrFail(database, policy, now_ns);
  CHECK(all.removed_runs == std::vector<std::string>{"a"});
  CHECK(all.is_over_cap);
  CHECK(all.is_done);
  CHECK(all.freed_pages > 0);
  CHECK(ids().size() == 4);
  CHECK(std::ranges::count(ids(), second) == 0);
  CHECK(Ask(database.path(), "SELECT count(*) FROM run_removal") == "0");
  for (const RunId kept : {goes_on, of_b, newest}) {
    CHECK(LoadRun(database, kept)->series.at(0).points.size() == 720);
  }
}

TEST_CASE("a removed run leaves nothing but modules, and the file becomes smaller") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("seep.db"));
  for (int i = 0; i < 2; ++i) {
    auto writer = RunWriter::Begin(database, SampleRun());
    REQUIRE(writer->Write(SampleTick(0.5)));
    if (i == 0) REQUIRE(writer->Write(LargeTick(1, 50, 2000)));
    REQUIRE(writer->Finish(1, 0));
  }
  const int64_t pages = **database.QueryValue<int64_t>("PRAGMA page_count");
  const RetentionPolicy policy{.size_cap_bytes = 1, .budget_s = 1e9};
  CHECK(RetainOrFail(database, policy, NowAt(10)).removed_runs.size() == 1);
  CHECK(**database.QueryValue<int64_t>("PRAGMA page_count") < pages / 4);
  CHECK(Count(database, "stack") == 2);
  CHECK(Count(database, "stack_frame") == 4);
  CHECK(Count(database, "stack_point") == 2);
  CHECK(Count(database, "survivor") == 3);
  CHECK(Count(database, "series") == 2);
  CHECK(Ask(database.path(), "PRAGMA integrity_check") == "ok");
}

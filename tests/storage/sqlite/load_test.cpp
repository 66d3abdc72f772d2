// SPDX-License-Identifier: Apache-2.0
// Windows of load and latency: stored once, read as written, ten minutes of them become one.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "storage/model/latency.h"
#include "storage/sqlite/latency_blob.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/retention.h"
#include "storage/sqlite/run_writer.h"
#include "tests/storage/sqlite/fixture.h"

using namespace seep::sqlite;
using namespace seep::sqlite::test;
using namespace seep::model;

namespace {

LoadWindow Window(double begin_s, double end_s, const std::string& operation = "") {
  const int cell = LatencyCell(0.02);
  return {.begin_s = begin_s,
          .end_s = end_s,
          .source = "http://127.0.0.1:9100/metrics",
          .operation = operation,
          .requests = 100,
          .errors = 3,
          .concurrency = 8,
          .expected_interval_s = 0.01,
          .latency = {{LatencyEdge(cell), LatencyEdge(cell + 1), 60},
                      {LatencyEdge(cell + 1), LatencyEdge(cell + 2), 40}}};
}

Tick TickOf(double t_s, std::vector<LoadWindow> load) {
  return {.t_s = t_s, .targets = {}, .events = {}, .load = std::move(load)};
}

RunWriter BeginOrFail(Database& database) {
  auto writer = RunWriter::Begin(database, SampleRun());
  REQUIRE(writer);
  return std::move(*writer);
}

std::vector<LoadWindow> LoadOf(Database& database, RunId id) {
  const auto loaded = LoadRun(database, id);
  REQUIRE(loaded);
  return loaded->load;
}

}  // namespace

TEST_CASE("windows of load come back as they were written, by source, operation and time") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("a.db"));
  RunWriter writer = BeginOrFail(database);
  LoadWindow untold = Window(60, 120, "b");
  untold.concurrency.reset();
  untold.latency.clear();
  LoadWindow open_end = Window(60, 120);
  open_end.latency = {{0, 0.1, 99.5}, {0.1, std::numeric_limits<double>::infinity(), 0.25}};
  REQUIRE(writer.Write(TickOf(130, {untold, open_end, Window(0, 60)})));
  const auto load = LoadOf(database, writer.run().id);
  REQUIRE(load.size() == 3);
  CHECK(load[0].operation.empty());
  CHECK(load[0].begin_s == 0);
  CHECK(load[0].source == "http://127.0.0.1:9100/metrics");
  CHECK(load[0].requests == 100);
  CHECK(load[0].errors == 3);
  CHECK(load[0].concurrency == 8);
  CHECK(load[0].expected_interval_s == 0.01);
  REQUIRE(load[0].latency.size() == 2);
  CHECK(load[0].latency[1].low_s == Window(0, 1).latency[1].low_s);
  CHECK(load[0].latency[1].high_s == Window(0, 1).latency[1].high_s);
  CHECK(load[0].latency[1].count == 40);
  CHECK(load[1].latency.at(0).count == 99.5);
  CHECK(std::isinf(load[1].latency.at(1).high_s));
  CHECK(load[2].operation == "b");
  CHECK_FALSE(load[2].concurrency);
  CHECK(load[2].latency.empty());
  CHECK(Ask(dir.File("a.db"), "SELECT round(p50_s, 3) FROM v_load WHERE begin_s = 0") == "0.02");
}

TEST_CASE("what is told twice is stored once, also in windows of another length") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("a.db"));
  RunWriter writer = BeginOrFail(database);
  const Tick tick = TickOf(130, {Window(0, 60), Window(60, 120), Window(60, 120, "b")});
  REQUIRE(writer.Write(tick));
  REQUIRE(writer.Write(tick));
  REQUIRE(writer.WriteUnlessStored(tick));
  auto resumed = RunWriter::Resume(database, writer.run().id);
  REQUIRE(resumed);
  REQUIRE(resumed->Write(TickOf(140, {Window(30, 40), Window(110, 125), Window(120, 150)})));
  const auto load = LoadOf(database, writer.run().id);
  REQUIRE(load.size() == 4);
  CHECK(load[2].begin_s == 120);
  CHECK(load[2].end_s == 150);
}

TEST_CASE("numbers that are none, and windows without length, are left out") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("a.db"));
  RunWriter writer = BeginOrFail(database);
  LoadWindow bad = Window(0, 60);
  bad.requests = std::numeric_limits<double>::quiet_NaN();
  REQUIRE(writer.Write(TickOf(70, {bad, Window(10, 10), Window(20, 10)})));
  CHECK(LoadOf(database, writer.run().id).empty());
}

TEST_CASE("a histogram of any bytes is read as far as it is one") {
  const auto whole = EncodeLatency(Window(0, 1).latency);
  CHECK(whole.size() < 8);  // two cells
  const std::vector<LatencyBucket> wide{{LatencyEdge(7), LatencyEdge(9), 1},
                                        {LatencyEdge(9), LatencyEdge(10), 300},
                                        {LatencyEdge(2000), LatencyEdge(2900), 70'000}};
  CHECK(EncodeLatency(wide).size() < 16);
  const auto again = DecodeLatency(EncodeLatency(wide));
  REQUIRE(again.size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK(again[i].low_s == wide[i].low_s);
    CHECK(again[i].high_s == wide[i].high_s);
    CHECK(again[i].count == wide[i].count);
  }
  for (size_t length = 0; length < whole.size(); ++length) {
    CHECK(DecodeLatency(whole.substr(0, length)).size() <= 2);
  }
  CHECK(DecodeLatency("\x03"
                      "abc")
            .empty());
  CHECK(DecodeLatency("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").empty());
  std::string no_numbers(25, '\xff');
  no_numbers[0] = '\x02';
  CHECK(DecodeLatency(no_numbers).empty());
}

TEST_CASE("old windows become windows of ten minutes, apart where nothing was told between") {
  const TempDir dir;
  Database database = OpenOrFail(dir.File("a.db"));
  RunWriter writer = BeginOrFail(database);
  std::vector<LoadWindow> load;
  for (int minute = 0; minute < 30; ++minute) {
    // The twelfth to the fourteenth minute are missing.
    if (minute >= 12 && minute < 15) continue;
    load.push_back(Window(minute * 60, (minute + 1) * 60));
    load.push_back(Window(minute * 60, (minute + 1) * 60, "b"));
  }
  REQUIRE(writer.Write(TickOf(1800, load)));
  const RunId id = writer.run().id;
  const RetentionPolicy policy{.raw_s = 300, .minute_s = 600, .budget_s = 1e9};
  const int64_t now_ns = SampleRun().started_at_ns + int64_t{1900} * 1'000'000'000;
  const auto retained = Retain(database, policy, now_ns);
  REQUIRE(retained);
  CHECK(retained->is_done);
  // Cut at 1600 s: twenty minutes are whole ten minutes.
  const auto kept = LoadOf(database, id);
  REQUIRE(kept.size() == 2 * (1 + 2 + 10));
  CHECK(kept[0].begin_s == 0);
  CHECK(kept[0].end_s == 600);
  CHECK(kept[0].requests == 1000);
  CHECK(kept[0].errors == 30);
  CHECK(kept[0].concurrency == 8);
  REQUIRE(kept[0].latency.size() == 2);
  CHECK(kept[0].latency[0].count == 600);
  CHECK(kept[1].end_s == 720);
  CHECK(kept[2].begin_s == 900);
  CHECK(kept[2].requests == 500);
  CHECK(kept[3].begin_s == 1200);
  CHECK(kept[3].requests == 100);
  const auto again = Retain(database, policy, now_ns);
  REQUIRE(again);
  CHECK(again->reduced_rows == 0);
  SECTION("and go with their run") {
    REQUIRE(writer.Finish(1800, 0));
    { RunWriter newer = BeginOrFail(database); }
    const RetentionPolicy small{.size_cap_bytes = 1, .budget_s = 1e9};
    REQUIRE(Retain(database, small, now_ns));
    CHECK(Ask(dir.File("a.db"), "SELECT count(*) FROM load_window") == "0");
    CHECK(Ask(dir.File("a.db"), "SELECT count(*) FROM load_series") == "0");
  }
}

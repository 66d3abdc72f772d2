// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <limits>
#include <nlohmann/json.hpp>

#include "report_fixture.h"

using namespace seep;
using namespace seep::report;
using Json = nlohmann::json;

namespace {

void CheckKeys(const Json& object, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    INFO(key);
    CHECK(object.contains(key));
  }
}

}  // namespace

TEST_CASE("the JSON report has every stable key") {
  const Json json = Json::parse(ToJson(LeakingRun().Input()));
  CheckKeys(json, {"schema", "run", "verdict", "series", "attribution", "stacks", "forecast",
                   "coverage", "warnings", "targets", "events"});
  CHECK(json["schema"] == "seep-report-1");
  CheckKeys(json["run"], {"id", "name", "started_at", "duration_s", "command", "target_exit"});
  CHECK(json["run"]["started_at"] == "2023-11-14T22:13:20Z");
  CHECK(json["run"]["command"] == Json({"./service", "--port", "80"}));
  CHECK(json["run"]["target_exit"] == 143);
  CheckKeys(json["verdict"], {"class", "confidence", "confidence_reason", "exit_code",
                              "detectable_per_hour", "summary"});
  CHECK(json["verdict"]["class"] == "growth");
  CHECK(json["verdict"]["exit_code"] == 10);
  REQUIRE(json["series"].size() == 3);
  CheckKeys(json["series"][0],
            {"metric", "unit", "class", "slope_per_hour", "ci_low", "ci_high", "level",
             "warmup_end_s", "since_s", "is_finding", "points", "target_pid"});
  CheckKeys(json["attribution"], {"rss_slope", "parts"});
  CheckKeys(json["attribution"]["parts"][0], {"name", "slope", "share", "share_low", "share_high"});
  REQUIRE(json["stacks"].size() == 2);
  CheckKeys(json["stacks"][0],
            {"rank", "kind", "fingerprint", "growth_bytes_per_hour", "ci_low", "live_bytes",
             "live_bytes_se", "share", "age_p50_s", "verdict", "frames"});
  CHECK(json["stacks"][0]["rank"] == 1);
  REQUIRE(json["stacks"][0]["frames"].size() == 4);
  CheckKeys(json["stacks"][0]["frames"][1], {"function", "file", "line", "module", "inlined"});
  CHECK(json["stacks"][0]["frames"][1]["inlined"] == true);
  CheckKeys(json["forecast"], {"limit_bytes", "limit_source", "hours", "low", "high"});
  REQUIRE(json["forecasts"].size() == 1);
  CheckKeys(json["forecasts"][0], {"target_pid", "metric", "unit", "limit", "limit_source", "hours",
                                   "low", "high", "beyond_horizon"});
  CHECK(json["forecasts"][0]["metric"] == "rss_swap");
  CHECK(json["forecasts"][0]["limit"] == json["forecast"]["limit_bytes"]);
  CHECK(json["series"][0]["informational"] == false);
  CHECK(json["coverage"]["ticks"] == 301);
  CHECK(json["coverage"]["expected_ticks"] == 301);
  CHECK(json["coverage"]["snapshots"] == 60);
  CHECK(json["coverage"]["targets"][0]["probe"] == "active");
  CHECK(json["warnings"].size() == 2);
}

TEST_CASE("mapped memory and hidden allocators have keys of their own") {
  Fixture fixture = LeakingRun();
  fixture.verdict.stacks[1].kind = model::StackKind::kMapping;
  fixture.data.events.push_back({1, "coverage", "jemalloc is linked statically into service"});
  const Json json = Json::parse(ToJson(fixture.Input()));
  CHECK(json["stacks"][0]["kind"] == "heap");
  CHECK(json["stacks"][1]["kind"] == "mapping");
  CHECK(json["coverage"]["unseen"] == Json({"jemalloc is linked statically into service"}));
}

TEST_CASE("a stack that nobody symbolised has its addresses") {
  const Json json = Json::parse(ToJson(LeakingRun().Input()));
  const Json& frames = json["stacks"][1]["frames"];
  REQUIRE(frames.size() == 2);
  CHECK(frames[0]["function"] == "libcache.so.1+0x1234");
  CHECK(frames[0]["module"] == "libcache.so.1");
  CHECK(frames[1]["function"] == "0x7f00deadbeef");
}

TEST_CASE("NaN, infinity and what is unknown are null") {
  Fixture fixture = LeakingRun();
  fixture.verdict.series[0].slope_per_hour = std::numeric_limits<double>::quiet_NaN();
  fixture.verdict.forecast->high = std::numeric_limits<double>::infinity();
  fixture.data.run.target_exit.reset();
  const Json json = Json::parse(ToJson(fixture.Input()));
  CHECK(json["series"][0]["slope_per_hour"].is_null());
  CHECK(json["forecast"]["high"].is_null());
  CHECK(json["run"]["target_exit"].is_null());
  fixture.verdict.forecast.reset();
  CHECK(Json::parse(ToJson(fixture.Input()))["forecast"].is_null());
}

TEST_CASE("an empty run has a JSON report of the same form") {
  const Json json = Json::parse(ToJson(Fixture{}.Input()));
  CHECK(json["verdict"]["exit_code"] == 12);
  CHECK(json["verdict"]["class"] == "insufficient data");
  for (const char* key : {"series", "stacks", "warnings", "targets", "events"}) {
    CHECK(json[key] == Json::array());
  }
  CHECK(json["attribution"]["parts"] == Json::array());
  CHECK(json["coverage"]["targets"] == Json::array());
  CHECK(json["run"]["command"] == Json::array());
}

TEST_CASE("hostile names do not break the JSON report") {
  Fixture fixture = LeakingRun();
  const std::string hostile("a\n\x1b\"\\\xff\xc0\xaf\0z", 11);
  fixture.data.run.name = hostile;
  fixture.data.run.command = {"name", hostile};
  fixture.data.targets[0].exe = hostile;
  fixture.verdict.warnings = {hostile};
  fixture.frames[model::StackId{5}] = {{hostile, hostile, 3, hostile, true}};
  const Json json = Json::parse(ToJson(fixture.Input()));
  REQUIRE(json["run"]["command"].is_array());
  CHECK(json["run"]["command"][0] == "name");
  const std::string name = json["run"]["name"];
  CHECK(name.find("a\n\x1b\"\\\xef\xbf\xbd") == 0);
}

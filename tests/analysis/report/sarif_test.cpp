// SPDX-License-Identifier: Apache-2.0
// Its schema: tests/end_to_end/test_formats.py.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "analysis/report/source_place.h"
#include "samples.h"

using namespace seep;
using namespace seep::report;
using Json = nlohmann::json;

namespace {

Json RunOf(const Fixture& fixture) {
  return Json::parse(ToSarif(fixture.Input()))["runs"][0];
}

// Results with that rule.
std::vector<Json> ResultsOf(const Json& run, const std::string& rule) {
  std::vector<Json> found;
  for (const Json& result : run["results"]) {
    if (result["ruleId"] == rule) found.push_back(result);
  }
  return found;
}

}  // namespace

TEST_CASE("a growing stack is a result at its first frame within the sources") {
  Fixture fixture = LeakingRun();
  fixture.source_roots = {"/work/service"};
  fixture.frames[model::StackId{5}][2].file = "/work/service/src/session table.cpp";
  const Json run = RunOf(fixture);
  const std::vector<Json> growth = ResultsOf(run, "growth");
  REQUIRE(growth.size() == 2);  // memory as a whole is told by its stacks
  CHECK(growth[0]["level"] == "error");
  CHECK(growth[0]["partialFingerprints"]["seepStack/v1"] == "8f9326ca5d3727ad");
  const Json& place = growth[0]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "src/session%20table.cpp");
  CHECK(place["artifactLocation"]["uriBaseId"] == "%SRCROOT%");
  CHECK(place["region"]["startLine"] == 88);
  REQUIRE(growth[0]["stacks"][0]["frames"].size() == 4);
  CHECK(run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == "file:///work/service/");
  CHECK(run["invocations"][0]["exitCode"] == 10);
  CHECK(run["invocations"][0]["executionSuccessful"] == true);
  // The other has no frame there: a file and a line all the same, or GitHub refuses the upload.
  const Json& nowhere = growth[1]["locations"][0]["physicalLocation"];
  CHECK(nowhere["artifactLocation"] == Json{{"uri", "service"}});
  CHECK(nowhere["region"]["startLine"] == 1);
}

TEST_CASE("growth without a stack is a result") {
  Fixture fixture = LeakingRun();
  fixture.verdict.series[2].growth_class = model::GrowthClass::kGrowth;
  fixture.verdict.series[2].is_finding = true;
  const std::vector<Json> growth = ResultsOf(RunOf(fixture), "growth");
  REQUIRE(growth.size() == 3);
  CHECK(growth[0]["partialFingerprints"]["seepCheck/v1"] == "service: fds");
}

TEST_CASE("regressions, limits and known growth are results of their own kind") {
  const Json run = RunOf(RegressedRun());
  REQUIRE(ResultsOf(run, "metric-regression").size() == 1);
  CHECK(ResultsOf(run, "metric-regression")[0]["level"] == "error");
  REQUIRE(ResultsOf(run, "limit").size() == 2);
  CHECK(ResultsOf(run, "limit")[1]["level"] == "warning");  // not measured
  CHECK(ResultsOf(run, "suppression").size() == 2);
  const std::vector<Json> known = ResultsOf(run, "new-stack");
  REQUIRE(known.size() == 1);
  CHECK(known[0]["suppressions"][0]["kind"] == "external");
  CHECK(std::string(known[0]["suppressions"][0]["justification"]).find("memory-team") !=
        std::string::npos);
  CHECK(known[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "src/index.cpp");
}

TEST_CASE("a run that could not judge is no clean bill") {
  const Json run = RunOf(Fixture{});
  CHECK(ResultsOf(run, "insufficient-data").size() == 1);
  CHECK(run["invocations"][0]["executionSuccessful"] == false);
  CHECK(RunOf(PassingRun())["invocations"][0]["executionSuccessful"] == true);
}

TEST_CASE("braces and brackets of names are no placeholders and links of SARIF") {
  Fixture fixture = LeakingRun();
  fixture.frames[model::StackId{5}] = {{"Map::operator[](Key)::{lambda()#1}", "", 0, "app", false}};
  const std::string text = ResultsOf(RunOf(fixture), "growth")[0]["message"]["text"];
  CHECK(text.find("operator\\[\\](Key)::{{lambda()#1}}") != std::string::npos);
}

TEST_CASE("a large run has 200 results and says how many more there are") {
  const Json run = RunOf(LargeRun());
  CHECK(run["results"].size() == 200);
  const std::string last =
      run["invocations"][0]["toolExecutionNotifications"].back()["message"]["text"];
  CHECK(last.find("more results are left out") != std::string::npos);
  for (const Json& result : run["results"]) {
    if (result.contains("stacks")) CHECK(result["stacks"][0]["frames"].size() <= 100);
  }
}

TEST_CASE("places in the sources") {
  const std::vector<std::string> roots = {"/work/app", "/build/app-1.2"};
  CHECK(PlaceInSources("/work/app/src/a.cpp", roots) == "src/a.cpp");
  CHECK(PlaceInSources("/build/app-1.2/src/../gen/b.cpp", roots) == "gen/b.cpp");
  CHECK(PlaceInSources("src/a.cpp", roots) == "src/a.cpp");
  CHECK_FALSE(PlaceInSources("/work/application/a.cpp", roots));
  CHECK_FALSE(PlaceInSources("/work/app/../other/a.cpp", roots));
  CHECK_FALSE(PlaceInSources("../a.cpp", roots));
  CHECK_FALSE(PlaceInSources("", roots));
  CHECK_FALSE(PlaceInSources("/work/app/src/a.cpp", {}));
  CHECK(UriPath("a b/\xc3\xa9%?#.cpp") == "a%20b/%C3%A9%25%3F%23.cpp");
}

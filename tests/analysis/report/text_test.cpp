// SPDX-License-Identifier: Apache-2.0
// golden/leaking_run.txt: regenerate with SEEP_UPDATE_GOLDEN=1 and review the difference.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>

#include "analysis/report/plain_text.h"
#include "report_fixture.h"

using namespace seep;
using namespace seep::report;

namespace {

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

void CheckIsPlain(const std::string& text) {
  for (const std::string& line : Lines(text)) {
    CHECK(OneLine(line) == line);  // valid UTF-8 without control characters
    CHECK(Columns(line) <= kTextWidth);
  }
}

}  // namespace

TEST_CASE("the text report of a leak is the reviewed one") {
  const std::string text = ToText(LeakingRun().Input());
  const std::string path = GOLDEN_DIR "/leaking_run.txt";
  if (std::getenv("SEEP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == golden);
  CheckIsPlain(text);
}

TEST_CASE("the first line is the verdict") {
  const Fixture fixture = LeakingRun();
  CHECK(ToText(fixture.Input()).find("Growth: 2 stacks of service (pid 4711) keep ") == 0);
}

TEST_CASE("mapped memory and hidden allocators are named") {
  Fixture fixture = LeakingRun();
  fixture.verdict.stacks[1].kind = model::StackKind::kMapping;
  fixture.data.events.push_back({1, "coverage", "jemalloc is linked statically into service"});
  const std::string text = ToText(fixture.Input());
  CHECK(text.find("of the growth, service (pid") != std::string::npos);
  CHECK(text.find("of the growth, mapped memory, service (pid") != std::string::npos);
  const size_t coverage = text.find("\nCoverage\n");
  CHECK(text.find("  jemalloc is linked statically into service", coverage) != std::string::npos);
}

TEST_CASE("an empty run has a text report") {
  Fixture fixture;
  fixture.verdict.summary = "Inconclusive: no process was observed.";
  fixture.verdict.confidence = "low";
  const std::string text = ToText(fixture.Input());
  CHECK(text.find("Inconclusive: no process was observed.\n") == 0);
  CHECK(text.find("Exit code 12.") != std::string::npos);
  CHECK(text.find("no process was observed\n", 30) != std::string::npos);
}

TEST_CASE("hostile names do not break the text report") {
  Fixture fixture = LeakingRun();
  const std::string hostile =
      "evil\n\x1b[31m\"name'\t\xff\xc0\xaf \xe2\x80\xae" + std::string(500, 'x');
  fixture.data.run.name = hostile;
  fixture.data.targets[0].exe = hostile;
  fixture.data.targets[0].probe = hostile;
  fixture.verdict.summary = hostile;
  fixture.verdict.warnings = {hostile};
  fixture.verdict.series[0].metric = hostile;
  fixture.verdict.series[0].explanation = hostile;
  fixture.verdict.attribution[0].name = hostile;
  fixture.frames[model::StackId{5}] = {{hostile, hostile, 3, hostile, true}};
  const std::string text = ToText(fixture.Input());
  CheckIsPlain(text);
  CHECK(Lines(text)[0].find("evil??[31m\"name'?") == 0);
}

TEST_CASE("numbers that are none are not printed as numbers") {
  Fixture fixture = LeakingRun();
  fixture.verdict.series[0].slope_per_hour = std::numeric_limits<double>::quiet_NaN();
  fixture.verdict.forecast->high = std::numeric_limits<double>::infinity();
  const std::string text = ToText(fixture.Input());
  CHECK(text.find("nan") == std::string::npos);
  CHECK(text.find("inf") == std::string::npos);
  CHECK(text.find("is reached in 4h36m, hardly before") != std::string::npos);
}

TEST_CASE("what least squares leave of nothing is printed as 0") {
  Fixture fixture = LeakingRun();
  fixture.verdict.series[2].slope_per_hour = -3.56e-15;
  fixture.verdict.series[2].metric = "mapped_live";
  const std::string text = ToText(fixture.Input());
  CHECK(text.find("e-15") == std::string::npos);
  CHECK(text.find("mapped_live         stable             23          0           -12") !=
        std::string::npos);
}

// SPDX-License-Identifier: Apache-2.0
// golden/regressed_run.txt: regenerate with SEEP_UPDATE_GOLDEN=1 and review the difference.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "analysis/report/plain_text.h"
#include "samples.h"

using namespace seep;
using namespace seep::report;

TEST_CASE("the text report of a regression is the reviewed one") {
  const std::string text = ToText(RegressedRun().Input());
  const std::string path = GOLDEN_DIR "/regressed_run.txt";
  if (std::getenv("SEEP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == golden);
}

TEST_CASE("a provisional change is said plainly") {
  const std::string text = ToText(ProvisionalRun().Input());
  CHECK(text.find("Provisional: worse, but one baseline run alone is no proof") !=
        std::string::npos);
  CHECK(text.find("suppression 4123456789abcdef: expired: ") != std::string::npos);
}

TEST_CASE("no section where nothing was compared and no policy was given") {
  const std::string text = ToText(LeakingRun().Input());
  CHECK(text.find("Compared with") == std::string::npos);
  CHECK(text.find("Policy") == std::string::npos);
}

TEST_CASE("text and JSON bear whatever is in a verdict") {
  for (const Sample& sample : Samples()) {
    INFO(sample.name);
    std::istringstream text(ToText(sample.fixture.Input()));
    for (std::string line; std::getline(text, line);) {
      CHECK(OneLine(line) == line);
      CHECK(Columns(line) <= kTextWidth);
    }
    const auto json = nlohmann::json::parse(ToJson(sample.fixture.Input()));
    CHECK(json["comparison"].is_null() == !sample.fixture.verdict.comparison.has_value());
    CHECK(json["policy"].is_null() == !sample.fixture.verdict.policy.has_value());
  }
}

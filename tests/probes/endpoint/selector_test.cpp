// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/selector.h"

#include <catch2/catch.hpp>

using namespace seep::endpoint;

namespace {

bool Matches(const std::string& text, const Labels& labels) {
  const auto selector = Selector::Parse(text);
  INFO(text);
  REQUIRE(selector);
  CHECK(selector->metric() == "m");
  return selector->Matches(labels);
}

}  // namespace

TEST_CASE("selectors mean what they mean to Prometheus") {
  const Labels labels{{"code", "503"}, {"path", "/a\"b"}};
  CHECK(Matches("m", labels));
  CHECK(Matches("m{}", labels));
  CHECK(Matches("m { code = \"503\" , }", labels));
  CHECK(Matches("m{code='503'}", labels));
  CHECK_FALSE(Matches("m{code=\"50\"}", labels));
  CHECK(Matches("m{code=~\"5..\"}", labels));
  CHECK_FALSE(Matches("m{code=~\"5.\"}", labels));  // the whole value
  CHECK(Matches("m{code!~\"4..\"}", labels));
  CHECK(Matches("m{code!=\"200\",path=~\"/.*\"}", labels));
  CHECK_FALSE(Matches("m{code!=\"200\",path=\"/\"}", labels));
  CHECK(Matches("m{path=\"/a\\\"b\"}", labels));
  CHECK(Matches("m{none=\"\"}", labels));  // a label that is not there is empty
  CHECK_FALSE(Matches("m{none=~\".+\"}", labels));
  CHECK(Matches("m{code=~\"\\d+\"}", labels));
}

TEST_CASE("what is wrong with a selector is said") {
  for (const auto& [text, cause] : std::vector<std::pair<std::string, std::string>>{
           {"", "the name of a metric"},
           {"5m", "the name of a metric"},
           {"m{", "the name of a label"},
           {"m{code", "'=' is wanted behind code"},
           {"m{code=5}", "a value in quotes"},
           {"m{code=\"5}", "a value in quotes"},
           {"m{code=\"5\"", "'}' is missing"},
           {"m{code=\"5\" path=\"\"}", "'}' is missing"},
           {"m{code=~\"(\"}", "no regular expression"},
           {"m[5m]", "more behind it"},
           {"rate(m)", "more behind it"}}) {
    const auto selector = Selector::Parse(text);
    INFO(text);
    REQUIRE_FALSE(selector);
    CHECK(selector.error().message.find(cause) != std::string::npos);
    CHECK(selector.error().message.find('\n') == std::string::npos);
  }
}

TEST_CASE("a pattern is not run on a value without end, nor without end on a value") {
  const auto selector = Selector::Parse("m{a=~\"(.*)*b\"}");
  REQUIRE(selector);
  CHECK_FALSE(selector->Matches({{"a", std::string(1 << 20, 'x')}}));
  CHECK_FALSE(selector->Matches({{"a", std::string(900, 'x')}}));  // not for ever
}

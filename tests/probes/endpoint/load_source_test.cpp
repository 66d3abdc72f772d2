// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/load_source.h"

#include <catch2/catch.hpp>

using namespace seep::endpoint;

TEST_CASE("an address, FORMAT:FILE or FILE") {
  CHECK(ParseLoadSource("http://127.0.0.1:9100/metrics")->endpoint ==
        "http://127.0.0.1:9100/metrics");
  CHECK(ParseLoadSource("https://[::1]:9100")->endpoint == "https://[::1]:9100");
  const auto told = ParseLoadSource("k6-csv:/var/log/k6.csv");
  REQUIRE(told);
  CHECK(told->format == LoadFormat::kK6Csv);
  CHECK(told->file == "/var/log/k6.csv");
  CHECK(NameOf(*told) == "k6-csv:/var/log/k6.csv");
  const auto file = ParseLoadSource("./a:b.json");
  REQUIRE(file);
  CHECK(file->file == "./a:b.json");
  CHECK_FALSE(file->format);
  CHECK(NameOf(*file) == "./a:b.json");
}

TEST_CASE("what is no source is refused") {
  for (const char* text :
       {"", "ftp://host/metrics", "http://", "http://:80/",
        "k6-json:", "http://user:password@host/", "http://host/a b", "http://h\xc3\xb6st/"}) {
    INFO(text);
    const auto source = ParseLoadSource(text);
    REQUIRE_FALSE(source);
    CHECK(source.error().code == seep::model::Errc::kInvalidArgument);
    CHECK(source.error().message.find('\n') == std::string::npos);
  }
  CHECK_FALSE(CheckLoadSource({.endpoint = "http://h/", .file = "/f"}));
  CHECK_FALSE(CheckLoadSource({.endpoint = "http://h/", .format = LoadFormat::kHey}));
  CHECK_FALSE(CheckLoadSource({.requests = "m", .file = "/f"}));
  CHECK_FALSE(CheckLoadSource({.endpoint = "http://h/", .latency = "m{"}));
  CHECK(CheckLoadSource({.endpoint = "http://h/", .latency = "m"}));
}

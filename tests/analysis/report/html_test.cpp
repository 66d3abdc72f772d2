// SPDX-License-Identifier: Apache-2.0
// The page of the HTML report as text; tests/end_to_end/test_html.py opens it in a browser.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string_view>

#include "analysis/report/html_data.h"
#include "analysis/report/html_pack.h"
#include "analysis/report/html_shell.h"
#include "report_fixture.h"
#include "storage/gzip/gzip.h"

using namespace seep;
using namespace seep::report;
using Json = nlohmann::ordered_json;

namespace {

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  REQUIRE(text.size() % 4 == 0);
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 4) {
    uint32_t group = 0;
    size_t digits = 0;
    for (const char c : text.substr(i, 4)) {
      const size_t digit = kDigits.find(c);
      if (c != '=') REQUIRE(digit != std::string_view::npos);
      if (c != '=') ++digits;
      group = group << 6 | (c == '=' ? 0u : static_cast<uint32_t>(digit));
    }
    for (size_t j = 0; j + 1 < digits; ++j) bytes += static_cast<char>(group >> (16 - 8 * j));
  }
  return bytes;
}

std::string Unpack(std::string_view text) {
  constexpr size_t kMost = 1 << 30;
  const auto unpacked = gzip::Decompress(FromBase64(text), kMost);
  REQUIRE(unpacked);
  return *unpacked;
}

std::string_view Between(std::string_view page, std::string_view begin, std::string_view end) {
  const size_t from = page.find(begin);
  REQUIRE(from != std::string_view::npos);
  const size_t to = page.find(end, from + begin.size());
  REQUIRE(to != std::string_view::npos);
  return page.substr(from + begin.size(), to - from - begin.size());
}

std::string_view DataOf(std::string_view page) {
  return Between(page, "<script type=\"application/octet-stream\" id=\"data\">", "</script>");
}

size_t Count(std::string_view text, std::string_view word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("text of every length is the same after gzip and base64") {
  for (const size_t length : {0, 1, 2, 3, 4, 5, 1000, 100'000}) {
    std::string text;
    for (size_t i = 0; i < length; ++i) text += static_cast<char>(i * i % 251);
    CHECK(Unpack(GzipBase64(text)) == text);
  }
}

TEST_CASE("the page carries its data, and the text report for who runs no scripts") {
  const Fixture fixture = LeakingRun();
  const std::string page = ToHtml(fixture.Input());
  CHECK(Json::parse(Unpack(DataOf(page))) == HtmlData(fixture.Input()));
  CHECK(Between(page, "<pre id=\"plain\">", "</pre>") == EscapeHtml(ToText(fixture.Input())));
  CHECK(Between(page, "<title>", "</title>") == "growth: nightly - seep");
  CHECK(page.find("<!--seep:") == std::string::npos);
}

TEST_CASE("the same run gives the same page") {
  CHECK(ToHtml(LeakingRun().Input()) == ToHtml(LeakingRun().Input()));
}

TEST_CASE("the page loads nothing, and its policy forbids it") {
  const std::string_view shell = HtmlShell();
  CHECK(Between(shell, "http-equiv=\"Content-Security-Policy\" content=\"", ";") ==
        "default-src 'none'");
  const std::string_view head = Between(shell, "<head>", "<style>");
  CHECK(head.find("<link") == std::string_view::npos);
  for (const char* loads : {"<script src", "<img", "<iframe", "@import", "url(http"}) {
    INFO(loads);
    CHECK(shell.find(loads) == std::string_view::npos);
  }
  // Of all bundled software.
  for (const char* license : {"uplot 1.6.32 (MIT)", "d3-flame-graph 5.0.0 (Apache-2.0)",
                              "d3-selection 3.0.0 (ISC)", "Permission is hereby granted"}) {
    INFO(license);
    CHECK(shell.find(license) != std::string_view::npos);
  }
}

TEST_CASE("hostile names are no part of the page") {
  Fixture fixture = LeakingRun();
  const std::string hostile =
      "</script><script>alert(1)</script><!--seep:data-->\"'<img src=x "
      "onerror=alert(2)>\n$&$1\xff" +
      std::string(10'000, 'x');
  fixture.data.run.name = hostile;
  fixture.data.run.command = {hostile};
  fixture.data.targets[0].command_line = hostile;
  fixture.verdict.summary = hostile;
  fixture.verdict.warnings = {hostile};
  fixture.frames[model::StackId{5}] = {{hostile, hostile, 3, hostile, true}};
  const std::string page = ToHtml(fixture.Input());
  CHECK(Count(page, "<script") == Count(HtmlShell(), "<script"));
  CHECK(Count(page, "</script") == Count(HtmlShell(), "</script"));
  CHECK(page.find("<img") == std::string::npos);
  const Json data = Json::parse(Unpack(DataOf(page)));
  const std::string command = data["report"]["run"]["command"][0];
  CHECK(command.starts_with("</script><script>alert(1)</script>"));
  CHECK(command.find("$&$1\xef\xbf\xbd") != std::string::npos);
}

TEST_CASE("an empty run has a page") {
  const std::string page = ToHtml(Fixture{}.Input());
  const Json data = Json::parse(Unpack(DataOf(page)));
  CHECK(data["series"].empty());
  CHECK(data["memory"].empty());
  CHECK(data["stacks"]["list"].empty());
  CHECK(data["answers"][0]["label"] == "What is missing");
}

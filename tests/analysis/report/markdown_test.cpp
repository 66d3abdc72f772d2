// SPDX-License-Identifier: Apache-2.0
// What GitHub's parser makes of it: tests/end_to_end/test_formats.py.
#include <catch2/catch.hpp>
#include <limits>

#include "analysis/report/markdown_text.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/sparkline.h"
#include "samples.h"

using namespace seep;
using namespace seep::report;

TEST_CASE("Markdown begins with the verdict and the first finding") {
  const std::string text = ToMarkdown(RegressedRun().Input());
  CHECK(text.find("### ❌ seep: regression, <code>service</code>\n\nRegression: resident memory is "
                  "12 % higher, and 2 stacks allocate more.\n\nFirst finding: resident memory, "
                  "level: 44.8 MiB, 12 % more than 40.0 MiB (5 runs); ") == 0);
  CHECK(text.find("| resident memory, level | 40&#46;0 MiB | 44&#46;8 MiB | 12 % more | main | "
                  "regressed |") != std::string::npos);
  CHECK(text.find("; suppressed: the session table fills for a week") != std::string::npos);
  CHECK(text.find("<code>ParseHeader&#40;char const&#42;&#41; &#60; main</code> → "
                  "<code>Parse&#40;char const&#42;&#41; &#60; main</code>") != std::string::npos);
}

TEST_CASE("Markdown stays below its size and names what it leaves out") {
  const std::string large = ToMarkdown(LargeRun().Input());
  CHECK(large.size() < kMarkdownBytes);
  CHECK(large.find("\nLeft out to keep this short: ") != std::string::npos);
  CHECK(large.find(" stacks") != std::string::npos);
  for (const Sample& sample : Samples()) {
    INFO(sample.name);
    CHECK(ToMarkdown(sample.fixture.Input()).size() < kMarkdownBytes);
  }
}

TEST_CASE("names mention nobody and link to nothing") {
  CHECK(MarkdownProse("by @user in #12") == "by &#64;&#8203;user in &#35;&#8203;12");
  CHECK(MarkdownProse("https://x.org www.x.org GH-1") ==
        "https&#58;&#8203;//x.org www&#46;&#8203;x.org GH&#45;&#8203;1");
  CHECK(MarkdownProse(":+1: a::b") == "&#58;&#8203;+1: a:&#58;&#8203;b");
  CHECK(MarkdownProse("1. one") == "1&#46; one");
  CHECK(MarkdownProse("- one") == "&#45; one");
  CHECK(MarkdownProse("5 % more: 1.5 MiB (+3 to -4)") == "5 % more: 1.5 MiB (+3 to -4)");
  CHECK(MarkdownCode("a|b`c`</code>\n") ==
        "<code>a&#124;b&#96;c&#96;&#60;&#47;code&#62;&#63;</code>");
  CHECK(MarkdownBlock("a\n\n</pre>&\n") == "<pre>\na\n\n&#60;/pre&#62;&#38;\n</pre>\n");
}

TEST_CASE("a sparkline keeps every peak") {
  std::vector<model::Point> points;
  for (int i = 0; i < 10'000; ++i) points.push_back({5.0 * i, 100});
  points[5003].value = 200;
  points[8111].value = 0;
  const std::string line = Sparkline(points, 40);
  CHECK(Columns(line) == 40);
  CHECK(line.find("█") != std::string::npos);
  CHECK(line.find("▁") != std::string::npos);
  CHECK(line.starts_with("▅▅▅▅"));
}

TEST_CASE("a sparkline of little or nothing") {
  CHECK(Sparkline({}, 40).empty());
  CHECK(Sparkline({{0, 7}}, 4) == "▅▅··");
  CHECK(Sparkline({{0, 1}, {10, 2}}, 4) == "▁▁██");
  CHECK(Sparkline({{0, std::numeric_limits<double>::quiet_NaN()}}, 4).empty());
  // Noise of a thousandth looks as small as it is.
  CHECK(Sparkline({{0, 1000}, {1, 1001}, {2, 1000}}, 4) == "▄▄▅▄");
}

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/plain_text.h"

#include <catch2/catch.hpp>

using namespace seep::report;

TEST_CASE("plain text and every valid UTF-8 stay as they are") {
  CHECK(OneLine("std::map<int, char>") == "std::map<int, char>");
  CHECK(OneLine("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xa7") ==
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xa7");
}

TEST_CASE("control characters and reordering become question marks") {
  CHECK(OneLine("a\nb\tc\x7f") == "a?b?c?");
  CHECK(OneLine("\xc2\x9b") == "?");          // C1: CSI in one byte
  CHECK(OneLine("x\xe2\x80\xaey") == "x?y");  // right-to-left override
  CHECK(OneLine("x\xe2\x80\xa8y") == "x?y");  // line separator
}

TEST_CASE("broken UTF-8 becomes U+FFFD, byte by byte") {
  const std::string bad = "\xef\xbf\xbd";
  CHECK(OneLine("\xff") == bad);
  CHECK(OneLine("\xc0\xaf") == bad + bad);                      // overlong
  CHECK(OneLine("\xe2\x82") == bad + bad);                      // cut
  CHECK(OneLine("\xed\xa0\x80") == bad + bad + bad);            // surrogate
  CHECK(OneLine("\xf4\x90\x80\x80") == bad + bad + bad + bad);  // above U+10FFFF
}

TEST_CASE("text is shortened by code points") {
  CHECK(Shorten("abcdef", 6) == "abcdef");
  CHECK(Shorten("abcdefg", 6) == "abc...");
  CHECK(ShortenFront("abcdef", 6) == "abcdef");
  CHECK(ShortenFront("abcdefg", 6) == "...efg");
  CHECK(Shorten("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4) == "\xc3\xa9...");
}

TEST_CASE("text wraps at blanks and keeps its first indent") {
  CHECK(Wrap("  one two three four", 11, 4) == "  one two\n    three\n    four");
  CHECK(Wrap("abcdefghijklmnop", 10, 2) == "abcde...");
  CHECK(Wrap("", 10, 2) == "");
}

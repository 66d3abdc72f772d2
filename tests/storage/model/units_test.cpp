// SPDX-License-Identifier: Apache-2.0
#include "storage/model/units.h"

#include <catch2/catch.hpp>

using namespace seep::model;

TEST_CASE("durations with every unit are seconds") {
  CHECK(ParseDuration("90s") == 90.0);
  CHECK(ParseDuration("30m") == 1800.0);
  CHECK(ParseDuration("24h") == 86400.0);
  CHECK(ParseDuration("2d") == 172800.0);
  CHECK(ParseDuration("250ms") == 0.25);
  CHECK(ParseDuration("1.5h") == 5400.0);
  CHECK(ParseDuration("7") == 7.0);
}

TEST_CASE("a duration that is not one is refused by name") {
  for (const char* text : {"soon", "", "s", "-1s", "0", "5 s", "1h30m", "1e3s", "inf", "nan"}) {
    const auto parsed = ParseDuration(text);
    INFO(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::kInvalidArgument);
    CHECK(parsed.error().message.find("'" + std::string(text) + "'") != std::string::npos);
  }
}

TEST_CASE("sizes are powers of 1024") {
  CHECK(ParseSize("64KiB") == 65536u);
  CHECK(ParseSize("2GiB") == 2147483648u);
  CHECK(ParseSize("64K") == 65536u);
  CHECK(ParseSize("1") == 1u);
  CHECK_FALSE(ParseSize("0"));
  CHECK_FALSE(ParseSize("64kb"));
  CHECK_FALSE(ParseSize("big"));
}

TEST_CASE("bytes and durations are written for people") {
  CHECK(FormatBytes(0) == "0 B");
  CHECK(FormatBytes(1023) == "1023 B");
  CHECK(FormatBytes(1536) == "1.50 KiB");
  CHECK(FormatBytes(-1536) == "-1.50 KiB");
  CHECK(FormatBytes(100.0 * 1024 * 1024) == "100 MiB");
  CHECK(FormatBytesPerHour(1048576) == "1.00 MiB/h");
  CHECK(FormatDuration(42.4) == "42s");
  CHECK(FormatDuration(187) == "3m07s");
  CHECK(FormatDuration(7500) == "2h05m");
  CHECK(FormatDuration(97200) == "1d03h");
}

TEST_CASE("quantities carry their unit, bytes as bytes") {
  CHECK(FormatQuantity(1536, "bytes") == "1.50 KiB");
  CHECK(FormatQuantity(12.345, "fds") == "12.3 fds");
  CHECK(FormatQuantity(12345, "threads") == "12345 threads");
  CHECK(FormatQuantity(-0.00012, "") == "-0.00012");
  CHECK(FormatQuantity(5e12, "") == "5e+12");
}

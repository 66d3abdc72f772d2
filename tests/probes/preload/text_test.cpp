// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/text.h"

#include <catch2/catch.hpp>
#include <string>

using namespace seep::probe;

TEST_CASE("text is built in place and cut at its end") {
  Text<16> text;
  text.Add("pid ").AddNumber(0).Add("/").AddNumber(4294967295u);
  CHECK(std::string(text.c_str()) == "pid 0/429496729");
  CHECK(text.is_cut);
}

TEST_CASE("SEEP_INTERVAL is read as bytes, KiB, MiB or GiB, and nothing else") {
  CHECK(ReadSize("131072") == 131072);
  CHECK(ReadSize("128K") == 131072);
  CHECK(ReadSize("128KiB") == 131072);
  CHECK(ReadSize("1M") == 1048576);
  CHECK(ReadSize("2GiB") == uint64_t{2} << 30);
  CHECK(ReadSize("1") == 1);
  CHECK(ReadSize("64B") == 64);
  for (const char* text : {"", "x", "-1", "12Q", "1KiBB", "1 K"}) CHECK(ReadSize(text) == 0);
  CHECK(ReadSize(nullptr) == 0);
}

TEST_CASE("the run token is hexadecimal") {
  CHECK(ReadHexadecimal("00ff") == 255);
  CHECK(ReadHexadecimal("deadbeef01234567") == 0xdeadbeef01234567);
  CHECK(ReadHexadecimal("no") == 0);
  CHECK(ReadHexadecimal(nullptr) == 0);
}

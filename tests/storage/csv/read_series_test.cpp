// SPDX-License-Identifier: Apache-2.0
#include "storage/csv/read_series.h"

#include <catch2/catch.hpp>

#include <sstream>

using namespace seep;

namespace {

model::Result<csv::SeriesFile> Read(const std::string& text) {
  std::istringstream stream(text);
  return csv::ReadSeries(stream, "f.csv");
}

// The message of a text that is refused; it names the file and ends with a remedy.
std::string Refusal(const std::string& text) {
  const auto read = Read(text);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == model::Errc::kCorrupt);
  CHECK(read.error().message.starts_with("f.csv"));
  CHECK(read.error().message.find('\n') == std::string::npos);
  return read.error().message;
}

void CheckRefused(const std::string& text, const std::string& line, const std::string& cause) {
  const std::string message = Refusal(text);
  INFO(message);
  CHECK(message.starts_with("f.csv, line " + line + ": "));
  CHECK(message.find(cause) != std::string::npos);
}

}  // namespace

TEST_CASE("columns are found by name, in any order") {
  const auto read = Read("load,time_s,value\n5,0,100\n6,1.5,-2e3\n");
  REQUIRE(read);
  REQUIRE(read->values.size() == 2);
  CHECK(read->values[1].t_s == 1.5);
  CHECK(read->values[1].value == -2000);
  REQUIRE(read->load.size() == 2);
  CHECK(read->load[1].t_s == 1.5);
  CHECK(read->load[1].value == 6);
}

TEST_CASE("load may be missing, and so may the last newline") {
  const auto read = Read("time_s,value\n0,1\n1,2");
  REQUIRE(read);
  CHECK(read->values.size() == 2);
  CHECK(read->load.empty());
}

TEST_CASE("what spreadsheets and jq add does no harm") {
  const auto read = Read("\xef\xbb\xbf\"time_s\",\"value\"\r\n0, 1 \r\n\r\n\"1\",\t2\r\n");
  REQUIRE(read);
  REQUIRE(read->values.size() == 2);
  CHECK(read->values[1].value == 2);
}

TEST_CASE("a text without values is refused") {
  CHECK(Refusal("").find("is empty") != std::string::npos);
  CHECK(Refusal("\n\n").find("is empty") != std::string::npos);
  CHECK(Refusal("time_s,value\n").find("no values") != std::string::npos);
}

TEST_CASE("wrong columns are refused by name") {
  CheckRefused("time,value\n0,1\n", "1", "'time'");
  CheckRefused("0,1\n1,2\n", "1", "'0'");
  CheckRefused("time_s;value\n0;1\n", "1", "'time_s;value'");
  CheckRefused("\ntime_s,value,\n", "2", "''");
  CheckRefused("time_s,load\n0,1\n", "1", "'value' is missing");
  CheckRefused("value,load\n0,1\n", "1", "'time_s' is missing");
  CheckRefused("time_s,value,time_s\n", "1", "'time_s' is named twice");
}

TEST_CASE("wrong fields are refused by line") {
  const std::string head = "time_s,value\n0,1\n";
  CheckRefused(head + "1\n", "3", "1 fields");
  CheckRefused(head + "1,2,3\n", "3", "3 fields");
  CheckRefused(head + "\n1,2,3\n", "4", "3 fields");  // empty lines count
  CheckRefused(head + "1,\n", "3", "value is empty");
  CheckRefused(head + "1,abc\n", "3", "'abc' is not a number");
  CheckRefused(head + "1,2x\n", "3", "'2x' is not a number");
  CheckRefused(head + "1,0x10\n", "3", "'0x10' is not a number");
  CheckRefused(head + "1,nan\n", "3", "'nan' is not a finite number");
  CheckRefused(head + "1,-inf\n", "3", "'-inf' is not a finite number");
  CheckRefused(head + "inf,1\n", "3", "time_s 'inf' is not a finite number");
  CheckRefused(head + "1,1e999\n", "3", "not a finite number");
  CheckRefused(head + "1,1e19\n", "3", "larger unit");
  CheckRefused(head + "1700000000000,1\n", "3", "give seconds");
}

TEST_CASE("times that do not ascend are refused by line") {
  const std::string head = "time_s,value\n5,1\n";
  CheckRefused(head + "5,2\n", "3", "the same as");
  CheckRefused(head + "4,2\n", "3", "earlier than");
}

TEST_CASE("binary data and endless lines are refused without reading on") {
  CheckRefused(std::string("\x7f"
                           "ELF\x02\x01\0\0\0",
                           9),
               "1", "byte 0x7f");
  CheckRefused("\xff\xfet\0i\0", "1", "byte 0xff");
  CheckRefused(std::string("time_s,value\n0,\0\n", 16), "2", "byte 0x00");
  CheckRefused("time_s,value\n0,1\n1," + std::string(5000, '1') + "\n", "3", "longer than");
  CheckRefused(std::string(1 << 20, 'a'), "1", "longer than");
}

TEST_CASE("a file that is not there, and one that is a folder") {
  const auto missing = csv::ReadSeriesFile("/no/such.csv");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == model::Errc::kNotFound);
  CHECK(missing.error().message.find("/no/such.csv") != std::string::npos);
  const auto folder = csv::ReadSeriesFile("/");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().message.find("folder") != std::string::npos);
}

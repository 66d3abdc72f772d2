// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/file_tail.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

using namespace seep::endpoint;
using seep::model::Errc;

namespace {

class Followed {
 public:
  Followed() : folder_(Make()), tail_(path()) {}
  ~Followed() { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/load.csv"; }

  void Append(const std::string& text) const { std::ofstream(path(), std::ios::app) << text; }
  void Write(const std::string& text) const { std::ofstream(path(), std::ios::trunc) << text; }
  void Rotate() const { REQUIRE(rename(path().c_str(), (path() + ".1").c_str()) == 0); }

  seep::model::Result<FileTail::Look> Look(uint64_t most_bytes = 1 << 20) {
    return tail_.Read(
        most_bytes, [this](std::string_view line) { lines.emplace_back(line); },
        [this] { ++restarts; });
  }
  FileTail& tail() { return tail_; }

  std::vector<std::string> lines;
  int restarts = 0;

 private:
  static std::string Make() {
    std::string folder = "/tmp/seep_file_tail_XXXXXX";
    REQUIRE(mkdtemp(folder.data()) != nullptr);
    return folder;
  }
  std::string folder_;
  FileTail tail_;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a file that is not there yet is told, and read once it is") {
  Followed file;
  const auto none = file.Look();
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::kNotFound);
  CHECK(none.error().message == file.path() + " is not there yet");
  file.Append("a\nb");
  const auto look = file.Look();
  REQUIRE(look);
  CHECK(look->is_at_end);
  CHECK(look->bytes == 3);
  CHECK(file.lines == Lines{"a"});
  file.Append("c\n\nd\n");
  REQUIRE(file.Look());
  CHECK(file.lines == Lines{"a", "bc", "", "d"});
  CHECK(file.restarts == 0);
}

TEST_CASE("a file that is rotated is read to its end, then the new one") {
  Followed file;
  file.Append("a\n");
  REQUIRE(file.Look());
  file.Append("b\nhalf");
  file.Rotate();
  file.Append("c\n");
  REQUIRE(file.Look());
  CHECK(file.lines == Lines{"a", "b", "half", "c"});
  CHECK(file.restarts == 1);
  file.Rotate();
  const auto between = file.Look();
  REQUIRE_FALSE(between);
  CHECK(between.error().code == Errc::kNotFound);
  file.Append("d\n");
  REQUIRE(file.Look());
  CHECK(file.lines.back() == "d");
  CHECK(file.restarts == 2);
}

TEST_CASE("a file that is truncated or written anew begins anew") {
  Followed file;
  file.Append("first\nhalf");
  REQUIRE(file.Look());
  file.Write("second\n");
  REQUIRE(file.Look());
  CHECK(file.lines == Lines{"first", "second"});
  file.Write("as long, or longer\n");
  REQUIRE(file.Look());
  CHECK(file.lines.back() == "as long, or longer");
  CHECK(file.restarts == 2);
  file.Write("");
  REQUIRE(file.Look());
  CHECK(file.restarts == 3);
}

TEST_CASE("a look reads no more than it may") {
  Followed file;
  for (int i = 0; i < 10'000; ++i) file.Append("a line of some length\n");
  const auto look = file.Look(50'000);
  REQUIRE(look);
  CHECK(look->bytes == 50'000);
  CHECK_FALSE(look->is_at_end);
  while (!file.Look(50'000)->is_at_end) {
  }
  CHECK(file.lines.size() == 10'000);
}

TEST_CASE("a line without end costs no memory, and is counted") {
  Followed file;
  file.Append("a\n" + std::string(3 * FileTail::kLongestLine, 'x'));
  uint64_t too_long = 0;
  for (int i = 0; i < 5; ++i) too_long += file.Look()->too_long;
  file.Append("rest\nb\n");
  too_long += file.Look()->too_long;
  CHECK(too_long == 1);
  CHECK(file.lines == Lines{"a", "b"});
}

TEST_CASE("what is no regular file is refused") {
  Followed file;
  REQUIRE(mkfifo(file.path().c_str(), 0600) == 0);
  const auto look = file.Look();
  REQUIRE_FALSE(look);
  CHECK(look.error().code == Errc::kInvalidArgument);
  CHECK_FALSE(FileTail("/proc/self")
                  .Read(
                      1, [](std::string_view) {}, [] {}));
}

TEST_CASE("however it is written and rotated, each line comes once and in order") {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  CAPTURE(seed);
  Followed file;
  file.Append("");
  Lines written;
  std::string pending;
  for (int round = 0; round < 2000; ++round) {
    const std::string line = "line " + std::to_string(written.size());
    pending += line + "\n";
    written.push_back(line);
    const size_t now = random() % (pending.size() + 1);
    file.Append(pending.substr(0, now));
    pending.erase(0, now);
    if (random() % 3 == 0) REQUIRE(file.Look(1 + random() % 100));
    if (random() % 20 == 0) {
      file.Append(pending);
      pending.clear();
      // Behind a file under another name there may be only one more.
      while (!file.Look()->is_at_end) {
      }
      file.Rotate();
      file.Append("");
    }
  }
  file.Append(pending);
  while (!file.Look()->is_at_end) {
  }
  CHECK(file.lines == written);
}

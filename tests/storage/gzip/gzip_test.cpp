// SPDX-License-Identifier: Apache-2.0
#include "storage/gzip/gzip.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using namespace seep;

TEST_CASE("bytes come out of gzip as they went in") {
  std::minstd_rand random(3);
  for (const size_t length : {size_t{0}, size_t{1}, size_t{65'536}, size_t{1'000'000}}) {
    std::string bytes(length, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const auto back = gzip::Decompress(gzip::Compress(bytes), length);
    REQUIRE(back);
    CHECK(*back == bytes);
  }
}

TEST_CASE("what is packed too large is not unpacked") {
  const std::string bomb = gzip::Compress(std::string(10'000'000, 'x'));
  CHECK(bomb.size() < 20'000);
  const auto back = gzip::Decompress(bomb, 1'000'000);
  REQUIRE_FALSE(back);
  CHECK(back.error().code == model::Errc::kUnsupported);
}

TEST_CASE("a gzip file that is cut short or goes on is refused") {
  const std::string file = gzip::Compress("seep");
  CHECK_THAT(gzip::Decompress(file.substr(0, file.size() - 1), 100).error().message,
             Catch::Contains("cut short"));
  CHECK_THAT(gzip::Decompress(file + "x", 100).error().message, Catch::Contains("behind its end"));
  CHECK_THAT(gzip::Decompress("", 100).error().message, Catch::Contains("cut short"));
}

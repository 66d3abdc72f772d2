// SPDX-License-Identifier: Apache-2.0
// Files that were cut or changed: what is whole comes back, in order, once; nothing is made up.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/agent/resilience/spool_ticks.h"

using namespace seep::resilience;
using namespace seep::resilience::test;

namespace {

constexpr int kTicks = 40;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

// One file with kTicks ticks; where each begins, and the end.
struct Sample {
  Folder folder;
  std::string path;
  std::string content;
  std::vector<size_t> begins;

  Sample() {
    {
      TickSpool spool({.path_prefix = folder.prefix()});
      for (int number = 0; number < kTicks; ++number) {
        spool.Push(TickOf(number));
        REQUIRE(spool.Persist());
        begins.push_back(spool.file_bytes());
      }
      begins.insert(begins.begin(), SpoolSegment::kFileHeaderBytes);
    }
    path = folder.Files().at(0);
    content = ReadFile(path);
    REQUIRE(content.size() == begins.back());
  }
};

struct Taken {
  std::vector<int> numbers;
  SpoolCounts counts;
};

Taken TakeFrom(const Sample& sample, const std::string& content) {
  WriteFile(sample.path, content);
  TickSpool spool({.path_prefix = sample.folder.prefix(), .key = 1});
  return {TakeAll(spool), spool.counts()};
}

}  // namespace

TEST_CASE("a file that was cut anywhere gives every whole tick before the cut") {
  const Sample sample;
  for (size_t length = 0; length < sample.content.size(); length += 7) {
    const Taken taken = TakeFrom(sample, sample.content.substr(0, length));
    const auto end = std::ranges::upper_bound(sample.begins, length);
    const auto whole = std::max<int64_t>(end - sample.begins.begin() - 1, 0);
    REQUIRE(taken.numbers.size() == size_t(whole));
    for (size_t i = 0; i < taken.numbers.size(); ++i) REQUIRE(taken.numbers[i] == int(i));
    const bool is_torn = length > SpoolSegment::kFileHeaderBytes && *(end - 1) != length;
    REQUIRE(taken.counts.left.torn_tails == (is_torn ? 1 : 0));
  }
}

TEST_CASE("a file that was changed anywhere gives every tick that was not, once, in order") {
  const Sample sample;
  std::mt19937 random(20261121);
  for (int round = 0; round < 1000; ++round) {
    std::string content = sample.content;
    std::vector<bool> is_hit(kTicks, false);
    const auto header = SpoolSegment::kFileHeaderBytes;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      // One byte, or a stretch: zeros, or an older part of the same file.
      const size_t at = header + random() % (content.size() - header);
      const size_t length = random() % 2 == 0 ? 1 : 1 + random() % 2000;
      const size_t end = std::min(at + length, content.size());
      const size_t from = header + random() % (content.size() - header);
      const auto kind = random() % 3;
      for (size_t i = at; i < end; ++i) {
        if (kind == 0) content[i] = static_cast<char>(content[i] ^ (1 + random() % 255));
        if (kind == 1) content[i] = 0;
        if (kind == 2) content[i] = sample.content[std::min(from + i - at, content.size() - 1)];
      }
    }
    for (size_t tick = 0; tick < kTicks; ++tick) {
      const size_t begin = sample.begins[tick];
      const size_t length = sample.begins[tick + 1] - begin;
      is_hit[tick] = content.compare(begin, length, sample.content, begin, length) != 0;
    }
    const Taken taken = TakeFrom(sample, content);  // each that comes is whole: TakeAll checks
    REQUIRE(std::ranges::is_sorted(taken.numbers, std::less_equal<>()));
    for (int tick = 0; tick < kTicks; ++tick) {
      const bool has_come = std::ranges::binary_search(taken.numbers, tick);
      INFO("round " << round << ", tick " << tick);
      if (!is_hit[size_t(tick)]) REQUIRE(has_come);
    }
  }
}

TEST_CASE("a hole in the middle is counted as what is missing") {
  const Sample sample;
  std::string content = sample.content;
  const size_t at = sample.begins[10] + 50;
  content[at] = static_cast<char>(~content[at]);
  const Taken taken = TakeFrom(sample, content);
  CHECK(taken.numbers.size() == kTicks - 1);
  CHECK(taken.counts.left.missing_ticks == 1);
  CHECK(taken.counts.left.damaged_parts == 1);
  CHECK(taken.counts.left.torn_tails == 0);
}

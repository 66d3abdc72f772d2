// SPDX-License-Identifier: Apache-2.0
#include "storage/baseline/baseline_file.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "storage/baseline/summary_json.h"
#include "storage/gzip/gzip.h"
#include "tests/storage/baseline/summaries.h"

using namespace seep;
using namespace seep::baseline;
using seep::baseline::test::Sample;
using seep::baseline::test::Summary;
using namespace std::string_literals;

TEST_CASE("a run summary is the same after it was text") {
  const model::RunSummary run = Summary("a");
  const std::string text = ToJson(run);
  const auto read = ParseSummary(text);
  REQUIRE(read);
  CHECK(ToJson(*read) == text);
  CHECK(read->key == run.key);
  CHECK(read->stacks.size() == 2);
  CHECK(read->stacks[0].frames[0].is_inlined);
  CHECK(read->stacks[0].frames[1].function == "main");
  CHECK(read->stacks[1].kind == model::StackKind::kMapping);
  CHECK(read->stacks[0].alloc_samples == 7600);
}

TEST_CASE("names of any bytes come out as text") {
  model::RunSummary run = Summary("a\xff\"\n</script>");
  run.stacks[0].frames[0].function = std::string(10'000, 'x') + "\x80\0"s + "\x01";
  const auto read = ParseSummary(ToJson(run));
  REQUIRE(read);
  CHECK(read->run_name.find("\"\n</script>") != std::string::npos);
  CHECK(read->stacks[0].frames[0].function.size() > 10'000);
}

TEST_CASE("a summary that no seep has written is refused, and the key is named") {
  const std::string good = ToJson(Summary("a"));
  const auto broken = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
    const auto read = ParseSummary(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == model::Errc::kCorrupt);
    return read.error().message;
  };
  CHECK_THAT(broken("\"observed_s\":3600.0", "\"observed_s\":-1"), Catch::Contains("observed_s"));
  CHECK_THAT(broken("\"host\":", "\"hast\":"), Catch::Contains("host"));
  CHECK_THAT(broken("\"class\":\"stable\"", "\"class\":\"fine\""), Catch::Contains("class"));
  CHECK_THAT(broken("\"kind\":\"mapping\"", "\"kind\":\"x\""), Catch::Contains("kind"));
  CHECK_THAT(broken("\"frames\":[1]", "\"frames\":[9]"), Catch::Contains("frames"));
  CHECK_FALSE(ParseSummary("{"));
  CHECK_FALSE(ParseSummary("[]"));
}

TEST_CASE("a baseline is the same after it was a file, and the file is the same each time") {
  const model::Baseline baseline = Sample();
  const std::string file = Pack(baseline);
  CHECK(Pack(baseline) == file);
  const auto read = Unpack(file, "x");
  REQUIRE(read);
  CHECK(read->name == "main");
  CHECK(read->keep == 3);
  CHECK(read->changed_at_ns == 5);
  CHECK_FALSE(read->is_pinned);
  CHECK(read->key == baseline.key);
  REQUIRE(read->runs.size() == 2);
  CHECK(read->runs[1].features[0].value == 1.1e7);
  CHECK(read->runs[0].run_id == 0);
}

TEST_CASE("a damaged file is refused wherever it was damaged") {
  const std::string good = Pack(Sample());
  std::minstd_rand random(1);
  int refused = 0;
  constexpr int kTries = 400;
  for (int i = 0; i < kTries; ++i) {
    std::string bad = good;
    if (i % 2 == 0) {
      bad.resize(random() % good.size());
    } else {
      // The header of gzip holds a time and a system that nothing depends on.
      bad[10 + random() % (bad.size() - 10)] ^= static_cast<char>(1 + random() % 255);
    }
    const auto read = Unpack(bad, "main.seep");
    if (!read) {
      ++refused;
      CHECK_THAT(read.error().message, Catch::Contains("main.seep"));
    }
  }
  CHECK(refused == kTries);
}

TEST_CASE("files of another kind and of a newer version are told apart") {
  const auto message = [](const std::string& json) {
    const auto read = Unpack(gzip::Compress(json), "f");
    REQUIRE_FALSE(read);
    return read.error().message;
  };
  CHECK_THAT(message(R"({"format":"other","version":1})"), Catch::Contains("another format"));
  CHECK_THAT(message(R"({"format":"seep-baseline","version":2})"),
             Catch::Contains("has version 2, this seep reads 1"));
  CHECK_THAT(message("{}"), Catch::Contains("export it again"));
  CHECK_THAT(Unpack("plain text", "f").error().message, Catch::Contains("not a whole gzip file"));
}

TEST_CASE("a file that cannot be written leaves the old one") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("seep_baseline_file." + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "main.seep";
  REQUIRE(WriteFile(path, Sample()));
  CHECK(ReadFile(path));
  const auto failed = WriteFile(folder / "no" / "main.seep", Sample());
  REQUIRE_FALSE(failed);
  CHECK_THAT(failed.error().message, Catch::Contains("No such file"));
  CHECK(ReadFile(folder / "none.seep").error().code == model::Errc::kNotFound);
  CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
  std::filesystem::remove_all(folder);
}

// SPDX-License-Identifier: Apache-2.0
// Files of load tools: those of locust 2.12, autocannon 8.0 and hey 0.1.4 were recorded, those of
// k6 and JMeter were written by their documentation.
#include "probes/endpoint/load_reader.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <random>
#include <string>

#include "probes/endpoint/realtime.h"
#include "storage/model/latency.h"
#include "tests/probes/endpoint/told.h"

using namespace seep::endpoint;
using namespace seep::endpoint::test;

namespace {

std::vector<std::string> LinesOf(const std::string& name) {
  std::ifstream file(SEEP_LOAD_FIXTURES "/" + name);
  REQUIRE(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The format is that of the first line; every line is understood.
Told ReadAll(const std::string& name, LoadFormat format, double modified_at_s = 0) {
  const auto lines = LinesOf(name);
  CHECK(TellFormat(lines.front()) == format);
  const auto reader = MakeLoadReader(format);
  Told told;
  for (const std::string& line : lines) {
    INFO(line);
    CHECK(reader->Read(line, told));
  }
  if (modified_at_s != 0) reader->Complete(modified_at_s, told);
  return told;
}

double CountOf(const std::vector<seep::model::LatencyBucket>& latency) {
  double count = 0;
  for (const auto& bucket : latency) count += bucket.count;
  return count;
}

constexpr double kBegin_s = 1795307557;  // 2026-11-22T00:32:37Z

}  // namespace

TEST_CASE("k6 NDJSON: durations are answers, with their status and name") {
  const Told told = ReadAll("k6.json", LoadFormat::kK6Json);
  REQUIRE(told.answers.size() == 3);
  CHECK(told.answers[0].at_s == Approx(kBegin_s + 0.848239531).margin(1e-6));
  CHECK(told.answers[0].took_s == Approx(0.021406));
  CHECK_FALSE(told.answers[0].is_error);
  CHECK(told.answers[0].operation == "http://127.0.0.1/good");
  CHECK(told.answers[1].is_error);
  CHECK(told.answers[1].operation == "http://127.0.0.1/bad");
  CHECK(told.answers[2].is_error);  // no answer: status 0
  REQUIRE(told.concurrency.size() == 1);
  CHECK(told.concurrency[0].second == 3);
}

TEST_CASE("k6 CSV: the same") {
  const Told told = ReadAll("k6.csv", LoadFormat::kK6Csv);
  REQUIRE(told.answers.size() == 2);
  CHECK(told.answers[0].at_s == kBegin_s);
  CHECK(told.answers[0].took_s == Approx(0.021406));
  CHECK(told.answers[1].is_error);
  CHECK(told.answers[1].operation == "http://127.0.0.1/bad,really");
  REQUIRE(told.concurrency.size() == 1);
}

TEST_CASE("JMeter: the answer is there when the sample ends; a record may go over lines") {
  const Told told = ReadAll("jmeter.jtl", LoadFormat::kJmeter);
  REQUIRE(told.answers.size() == 3);
  CHECK(told.answers[0].at_s == Approx(kBegin_s + 0.869).margin(1e-6));
  CHECK(told.answers[0].took_s == Approx(0.021));
  CHECK(told.answers[0].operation == "Good");
  CHECK(told.answers[1].is_error);
  CHECK(told.answers[1].operation == "Bad, \"very\"");
  CHECK(told.answers[2].is_error);
  CHECK(told.answers[2].took_s == Approx(1.003));
  CHECK(told.concurrency.back().second == 4);
}

TEST_CASE("JMeter without a header has the columns of JMeter 5, others by their header") {
  const auto reader = MakeLoadReader(LoadFormat::kJmeter);
  Told told;
  CHECK(reader->Read(LinesOf("jmeter.jtl")[1], told));
  CHECK(told.answers.size() == 1);
  CHECK(reader->Read("timeStamp;elapsed;label;success", told));
  CHECK(reader->Read("1795307557848;21;Good;true", told));
  CHECK_FALSE(reader->Read("1795307557848;21;Good", told));
  CHECK_FALSE(reader->Read("yesterday;21;Good;true", told));
  CHECK_FALSE(reader->Read("1795307557848;-21;Good;true", told));
  CHECK(told.answers.size() == 2);
}

TEST_CASE("locust: totals become increments, quantiles buckets between them") {
  const Told told = ReadAll("locust_stats_history.csv", LoadFormat::kLocust);
  double all = 0;
  double all_errors = 0;
  double parts = 0;
  for (const AnswerSummary& summary : told.summaries) {
    CHECK(summary.end_s > summary.begin_s);
    CHECK(summary.errors <= summary.requests);
    (summary.operation.empty() ? all : parts) += summary.requests;
    if (summary.operation.empty()) all_errors += summary.errors;
    if (!summary.latency.empty()) CHECK(CountOf(summary.latency) == Approx(summary.requests));
  }
  const std::string last = LinesOf("locust_stats_history.csv").back();
  INFO(last);
  CHECK(last.find("Aggregated") != std::string::npos);
  CHECK(all == parts);
  // "...,requests,errors,median,average,least,most,content"
  size_t at = last.size();
  for (int field = 0; field < 7; ++field) at = last.rfind(',', at - 1);
  CHECK(all == std::stod(last.substr(at + 1)));
  CHECK(all_errors == std::stod(last.substr(last.find(',', at + 1) + 1)));
  REQUIRE_FALSE(told.summaries.back().latency.empty());
  const auto p50_s = seep::model::LatencyQuantile(told.summaries.back().latency, 0.5);
  CHECK(*p50_s > 0.005);
  CHECK(*p50_s < 0.06);
  CHECK(told.concurrency.back().second == 4);
}

TEST_CASE("locust that starts again counts from zero") {
  const auto reader = MakeLoadReader(LoadFormat::kLocust);
  Told told;
  const std::string header = LinesOf("locust_stats_history.csv")[0];
  const auto row = [](int second, int requests) {
    std::string line = std::to_string(1795307600 + second);
    line.append(",4,,Aggregated,1,0,1,2,3,4,5,6,7,8,9,10,11,").append(std::to_string(requests));
    return line.append(",0,1,1,1,11,3");
  };
  CHECK(reader->Read(header, told));
  for (const auto& line : {row(0, 10), row(1, 30), row(1, 30), row(2, 5), row(3, 6)}) {
    CHECK(reader->Read(line, told));
  }
  REQUIRE(told.summaries.size() == 4);
  CHECK(told.summaries[1].requests == 20);
  CHECK(told.summaries[2].requests == 5);
  CHECK(told.summaries[3].requests == 1);
  CHECK_FALSE(reader->Read(row(2, 7), told));  // back in time
}

TEST_CASE("autocannon: several objects, on a line each or printed over many") {
  const Told told = ReadAll("autocannon.json", LoadFormat::kAutocannon);
  REQUIRE(told.summaries.size() == 2);
  CHECK(told.summaries[0].requests == 106);
  CHECK(told.summaries[1].requests == 111);
  CHECK(told.summaries[0].begin_s == Approx(kBegin_s + 0.848).margin(1e-6));
  CHECK(told.summaries[0].end_s == Approx(kBegin_s + 2.9).margin(1e-6));
  CHECK(CountOf(told.summaries[0].latency) == Approx(106));
  CHECK(*seep::model::LatencyQuantile(told.summaries[0].latency, 0.5) == Approx(0.055));
  CHECK(*seep::model::LatencyQuantile(told.summaries[0].latency, 1) == Approx(0.077));

  const auto reader = MakeLoadReader(LoadFormat::kAutocannon);
  Told apart;
  for (const std::string& line : LinesOf("autocannon.json")) {
    std::string rest = line;
    for (size_t comma = rest.find(','); comma != std::string::npos; comma = rest.find(',')) {
      CHECK(reader->Read(rest.substr(0, comma + 1), apart));
      rest = rest.substr(comma + 1);
    }
    CHECK(reader->Read(rest, apart));
  }
  CHECK(apart.summaries.size() == 2);
  CHECK_FALSE(reader->Read("{}", apart));
  CHECK_FALSE(reader->Read("x", apart));
}

TEST_CASE("hey: offsets count back from when the file was written") {
  const Told told = ReadAll("hey.csv", LoadFormat::kHey, kBegin_s + 100);
  CHECK(told.answers.size() == 30);
  CHECK(told.answers.back().at_s == Approx(kBegin_s + 100).margin(1e-3));
  CHECK(told.answers.front().at_s < told.answers.back().at_s);
  for (const Answer& answer : told.answers) {
    CHECK_FALSE(answer.is_error);
    CHECK(answer.took_s > 0.005);
  }
}

TEST_CASE("moments of all kinds") {
  CHECK(ParseTimestamp("1970-01-01T00:00:00Z") == 0);
  CHECK(*ParseTimestamp("2026-11-22T00:32:37.848Z") == Approx(kBegin_s + 0.848).margin(1e-6));
  CHECK(*ParseTimestamp("2026-11-22 01:32:37+01:00") == kBegin_s);
  CHECK(*ParseTimestamp("2026-11-21T23:02:37-01:30") == kBegin_s);
  for (const char* text : {"", "2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-11-22T24:00:00Z", "2026-11-22T00:32:37", "2026-11-22T00:32:37.Z",
                           "2026-11-22T00:32:37+1:00", "-026-11-22T00:32:37Z"}) {
    CHECK_FALSE(ParseTimestamp(text));
  }
  for (const char* text :
       {"1795307557", "1795307557000", "1795307557000000", "1795307557000000000"}) {
    CHECK(*ParseEpoch(text) == Approx(kBegin_s));
  }
  CHECK_FALSE(ParseEpoch("1795307557s"));
  CHECK_FALSE(ParseEpoch("-1"));
  CHECK_FALSE(ParseEpoch("nan"));
  CHECK_FALSE(ParseEpoch("1e300"));
}

TEST_CASE("whatever is in a file, what is told of it is sound") {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  CAPTURE(seed);
  const std::vector<std::pair<const char*, LoadFormat>> files{
      {"k6.json", LoadFormat::kK6Json},
      {"k6.csv", LoadFormat::kK6Csv},
      {"jmeter.jtl", LoadFormat::kJmeter},
      {"locust_stats_history.csv", LoadFormat::kLocust},
      {"autocannon.json", LoadFormat::kAutocannon},
      {"hey.csv", LoadFormat::kHey}};
  for (const auto& [name, format] : files) {
    const auto lines = LinesOf(name);
    const auto reader = MakeLoadReader(format);
    Told told;
    for (int round = 0; round < 2000; ++round) {
      std::string line = lines[random() % lines.size()];
      for (size_t i = 0; i < 1 + random() % 4 && !line.empty(); ++i) {
        line[random() % line.size()] = static_cast<char>(random());
      }
      if (random() % 8 == 0) line.resize(random() % (line.size() + 1));
      [[maybe_unused]] const bool is_understood = reader->Read(line, told);
      if (random() % 100 == 0) reader->Restart();
    }
    reader->Complete(kBegin_s, told);
    for (const Answer& answer : told.answers) {
      REQUIRE(std::isfinite(answer.at_s));
      REQUIRE(answer.took_s >= 0);
    }
    for (const AnswerSummary& summary : told.summaries) {
      REQUIRE(summary.end_s > summary.begin_s);
      REQUIRE(summary.requests >= 0);
      REQUIRE(summary.errors <= summary.requests);
    }
  }
}

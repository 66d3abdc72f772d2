// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/prometheus_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace seep::endpoint;

namespace {

struct Parsed {
  std::vector<Sample> samples;
  uint64_t malformed = 0;
  bool is_sound = false;
  std::string message;
};

Parsed Parse(std::string_view text, bool is_open_metrics = false, size_t piece = 1 << 20) {
  Parsed parsed;
  PrometheusText parser([&parsed](const Sample& sample) { parsed.samples.push_back(sample); });
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    parser.Add(text.substr(0, piece));
  }
  const auto finished = parser.Finish(is_open_metrics);
  parsed.is_sound = finished.has_value();
  if (!finished) parsed.message = finished.error().message;
  parsed.malformed = parser.malformed();
  return parsed;
}

// The example of the specification of format 0.0.4.
constexpr char kExample[] = R"(# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9

# Minimalistic line:
metric_without_timestamp_and_labels 12.47

# A weird metric from before the epoch:
something_weird{problem="division by zero"} +Inf -3982045

# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320
)";

}  // namespace

TEST_CASE("the example of the specification, in pieces of any size") {
  for (const size_t piece : {1, 7, 64, 100000}) {
    const Parsed parsed = Parse(kExample, false, piece);
    CHECK(parsed.is_sound);
    CHECK(parsed.malformed == 0);
    REQUIRE(parsed.samples.size() == 9);
    CHECK(parsed.samples[0].name == "http_requests_total");
    CHECK(LabelOf(parsed.samples[0].labels, "code") == "200");
    CHECK(parsed.samples[0].value == 1027);
    CHECK(LabelOf(parsed.samples[2].labels, "path") == "C:\\DIR\\FILE.TXT");
    CHECK(LabelOf(parsed.samples[2].labels, "error") == "Cannot find file:\n\"FILE.TXT\"");
    CHECK(parsed.samples[3].value == 12.47);
    CHECK(std::isinf(parsed.samples[4].value));
  }
}

TEST_CASE("OpenMetrics: exemplars, types, and the end that it must have") {
  const std::string text =
      "# TYPE foo histogram\nfoo_bucket{le=\"0.1\"} 8 # {trace_id=\"a b\"} 0.067 1.5\n"
      "foo_bucket{le=\"+Inf\"} 17 1520879607.789 # {} 9.8\n# TYPE bar counter\nbar_total 17.0\n"
      "bar_created 1520430000.123\n";
  const Parsed whole = Parse(std::string(text).append("# EOF\n"), true);
  CHECK(whole.is_sound);
  CHECK(whole.malformed == 0);
  REQUIRE(whole.samples.size() == 4);
  CHECK(whole.samples[1].value == 17);
  const Parsed cut = Parse(text, true);
  CHECK_FALSE(cut.is_sound);
  CHECK(cut.message.find("# EOF") != std::string::npos);
  CHECK(Parse(text).is_sound);
}

TEST_CASE("types are known by family") {
  PrometheusText parser([](const Sample&) {});
  parser.Add("# TYPE a counter\n# TYPE b gauge\n#TYPE c histogram\n# TYPE d stateset\n# TYPE e\n");
  CHECK(parser.TypeOf("a") == MetricType::kCounter);
  CHECK(parser.TypeOf("b") == MetricType::kGauge);
  CHECK(parser.TypeOf("c") == MetricType::kHistogram);
  CHECK(parser.TypeOf("d") == MetricType::kOther);
  CHECK(parser.TypeOf("f") == MetricType::kUnknown);
}

TEST_CASE("what is cut off within a line is refused: a number that was cut is another") {
  CHECK(Parse("a 123\n").is_sound);
  CHECK_FALSE(Parse("a 123").is_sound);
  CHECK_FALSE(Parse("a 123\nb").is_sound);
}

TEST_CASE("what is no metrics is refused, with a look at it") {
  const Parsed html = Parse("<html>\n<body>\x01login</body>\n</html>\n");
  CHECK_FALSE(html.is_sound);
  CHECK(html.message.find("'<html>'") != std::string::npos);
  CHECK(html.samples.empty());
}

TEST_CASE("lines that are wrong are counted, the others taken") {
  for (const char* line : {"5a 1", "a", "a ", "a x", "a 1x", "a{b} 1", "a{b=} 1", "a{b=\"c} 1",
                           "a{b=\"c\" 1", "a{b=\"c\"d=\"e\"} 1", "a{b=\"c\",b=\"d\"} 1", "a 1 x",
                           "{a=\"b\"} 1", "a{=\"b\"} 1", "a 0x10", "a --1", "a 1,5"}) {
    INFO(line);
    std::string text = "first 1\n";
    text.append(line).append("\nlast 2\n");
    const Parsed parsed = Parse(text);
    CHECK(parsed.is_sound);
    CHECK(parsed.malformed == 1);
    CHECK(parsed.samples.size() == 2);
  }
  for (const char* line : {"a 1", "a  1\t", "\ta 1", "a{} 1", "a{b=\"c\",} 1", "a { b = \"c\" } 1",
                           "a NaN", "a -Inf", "a +1.5e3", "a:b_c 1", "a 1e999", "a{b=\"\\x\"} 1"}) {
    INFO(line);
    const Parsed parsed = Parse(std::string(line).append("\n"));
    CHECK(parsed.malformed == 0);
    CHECK(parsed.samples.size() == 1);
  }
}

TEST_CASE("lines and answers without end cost a line at most") {
  const std::string piece(100'000, 'x');
  PrometheusText parser([](const Sample&) {});
  for (int i = 0; i < 100; ++i) parser.Add(piece);
  CHECK(parser.malformed() == 1);
  CHECK_FALSE(parser.Finish(false));
  std::string labels = "a{";
  for (int i = 0; i < 1000; ++i) labels += "l" + std::to_string(i) + "=\"v\",";
  CHECK(Parse(labels.append("} 1\nb 1\n")).malformed == 1);
}

TEST_CASE("any change of a text gives samples with a name, in pieces as in one") {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  CAPTURE(seed);
  const std::string whole = std::string(kExample).append("# EOF\n");
  constexpr std::string_view kLikely = "{}\"\\=,# \n\t~!0129eE+-.InfNa_:";
  for (int round = 0; round < 20'000; ++round) {
    std::string text = whole;
    for (size_t i = 0; i < 1 + random() % 8; ++i) {
      text[random() % text.size()] =
          random() % 2 == 0 ? kLikely[random() % kLikely.size()] : static_cast<char>(random());
    }
    if (random() % 4 == 0) text.resize(random() % text.size());
    const Parsed one = Parse(text);
    const Parsed many = Parse(text, false, 1 + random() % 50);
    REQUIRE(one.samples.size() == many.samples.size());
    REQUIRE(one.malformed == many.malformed);
    REQUIRE(one.is_sound == many.is_sound);
    for (const Sample& sample : one.samples) {
      REQUIRE_FALSE(sample.name.empty());
      REQUIRE(sample.labels.size() <= PrometheusText::kMostLabels);
      for (const auto& [name, value] : sample.labels) REQUIRE_FALSE(name.empty());
    }
  }
}

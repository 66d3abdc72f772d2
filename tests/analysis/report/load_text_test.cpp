// SPDX-License-Identifier: Apache-2.0
// golden/drifting_service.txt: regenerate with SEEP_UPDATE_GOLDEN=1 and review the difference.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "report_fixture.h"

using namespace seep;
using namespace seep::report;
using Json = nlohmann::json;

namespace {

constexpr char kSource[] = "http://127.0.0.1:9100/metrics";

model::SeriesVerdict Drift(const char* metric, const std::string& operation, double from, double to,
                           double per_day) {
  model::SeriesVerdict series;
  series.metric = metric;
  series.unit = "s";
  series.growth_class = model::GrowthClass::kDrift;
  series.level = std::sqrt(from * to);
  series.slope_per_hour = series.level * std::log1p(per_day) / 24;
  series.usable_s = 23.5 * 3600;
  series.warmup_end_s = series.since_s = 1800;
  series.is_finding = true;
  series.points = 720;
  series.explanation = "rises through the whole time";
  series.drift = model::DriftFigures{.source = kSource,
                                     .operation = operation,
                                     .change_per_day = per_day,
                                     .change_low = per_day - 0.06,
                                     .change_high = per_day + 0.06,
                                     .change_seen = to / from - 1,
                                     .from = from,
                                     .to = to,
                                     .p_value = 1e-6};
  return series;
}

model::OperationStanding Standing(const std::string& operation, double requests) {
  model::OperationStanding standing;
  standing.source = kSource;
  standing.operation = operation;
  standing.end_s = 24 * 3600;
  standing.requests = requests;
  standing.errors = requests / 1000;
  standing.requests_per_s = requests / standing.end_s;
  standing.least_per_s = 0.8 * standing.requests_per_s;
  standing.most_per_s = 1.2 * standing.requests_per_s;
  standing.measured = {0.0121, 0.0302, 0.0814};
  return standing;
}

Fixture DriftingService() {
  Fixture fixture = LeakingRun();
  model::Verdict& verdict = fixture.verdict;
  verdict.growth_class = model::GrowthClass::kDrift;
  verdict.exit_code = model::ExitCode::kLimit;
  verdict.summary =
      "Drift: under the same load answers become slower: 99 % of them took at most 72 ms at first "
      "and 90 ms at last, 25 % more per 24 h.";
  verdict.confidence = "medium";
  verdict.confidence_reason = "it shows in 2 series (their slowest), over 23h30m";
  verdict.stacks.clear();
  verdict.attribution.clear();
  verdict.forecast.reset();
  verdict.forecasts.clear();
  for (model::SeriesVerdict& series : verdict.series) {
    series.growth_class = model::GrowthClass::kStable;
    series.is_finding = false;
  }
  verdict.series.push_back(Drift(model::metric::kLatencyP99, "", 0.072, 0.09, 0.25));
  verdict.series.push_back(Drift(model::metric::kLatencyP99, "GET /cart", 0.08, 0.12, 0.5));
  model::SeriesVerdict tail = Drift(model::metric::kLatencyP95, "", 0, 0, 0);
  tail.growth_class = model::GrowthClass::kInsufficientData;
  tail.is_finding = false;
  tail.explanation = "11000 answers, at least 24000 needed";
  verdict.series.push_back(tail);
  verdict.load.covariate_source = kSource;
  verdict.load.operations = {Standing("", 1'234'567), Standing("GET /cart", 600'000),
                             Standing("GET /", 500'000)};
  verdict.load.operations[0].concurrency = 8;
  return fixture;
}

}  // namespace

TEST_CASE("the text report of a service that becomes slower is the reviewed one") {
  const std::string text = ToText(DriftingService().Input());
  const std::string path = GOLDEN_DIR "/drifting_service.txt";
  if (std::getenv("SEEP_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  const std::string golden{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == golden);
}

TEST_CASE("the JSON report has the load, and drift as series without a process") {
  const Json json = Json::parse(ToJson(DriftingService().Input()));
  CHECK(json["verdict"]["class"] == "drift");
  CHECK(json["verdict"]["exit_code"] == 13);
  CHECK(json["load"]["covariate_source"] == kSource);
  REQUIRE(json["load"]["operations"].size() == 3);
  const Json& all = json["load"]["operations"][0];
  CHECK(all["operation"] == "");
  CHECK(all["requests"] == 1'234'567);
  CHECK(all["concurrency"] == 8);
  CHECK(all["latency"]["p99_s"] == Approx(0.0814));
  CHECK(all["latency_corrected"].is_null());
  const Json& drift = json["series"][4];
  CHECK(drift["target_pid"].is_null());
  CHECK(drift["metric"] == "latency_p99");
  CHECK(drift["operation"] == "GET /cart");
  CHECK(drift["source"] == kSource);
  CHECK(drift["class"] == "drift");
  CHECK(drift["is_finding"] == true);
  CHECK(drift["drift"]["change_per_day"] == Approx(0.5));
  CHECK(json["series"][0]["drift"].is_null());
  CHECK(json["series"][0]["operation"].is_null());
}

TEST_CASE("without a load nothing is said of it, and growth per request is null") {
  const std::string text = ToText(LeakingRun().Input());
  CHECK(text.find("Load, as") == std::string::npos);
  const Json json = Json::parse(ToJson(LeakingRun().Input()));
  CHECK(json["load"].is_null());
  CHECK(json["series"][0]["per_million_requests"].is_null());
}

TEST_CASE("growth is told per million requests where the load is known") {
  Fixture fixture = LeakingRun();
  fixture.verdict.series[0].per_million_requests = 3.0 * 1024 * 1024;
  CHECK(ToText(fixture.Input()).find("3.00 MiB per million requests") != std::string::npos);
  const Json json = Json::parse(ToJson(fixture.Input()));
  CHECK(json["series"][0]["per_million_requests"] == 3.0 * 1024 * 1024);
}

TEST_CASE("hostile operations and numbers that are none break no report of a load") {
  Fixture fixture = DriftingService();
  fixture.verdict.load.operations[1].operation = "evil\n\x1b[31m\"\xff" + std::string(300, 'x');
  fixture.verdict.load.operations[0].source = "a\nb";
  fixture.verdict.series[4].drift->operation = "evil\n\x1b[31m";
  fixture.verdict.series[3].drift->change_high = std::numeric_limits<double>::infinity();
  fixture.verdict.load.operations[0].measured = {};
  const std::string text = ToText(fixture.Input());
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("nan") == std::string::npos);
  CHECK_FALSE(Json::parse(ToJson(fixture.Input())).is_discarded());
}

// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/html_data.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "analysis/report/extremes.h"
#include "analysis/report/html_memory.h"
#include "analysis/report/html_numbers.h"
#include "analysis/report/html_series.h"
#include "report_fixture.h"

using namespace seep;
using namespace seep::report;
using Json = nlohmann::ordered_json;

namespace {

constexpr double kMiB = 1024 * 1024;

// As the page does.
std::vector<double> Values(const Json& packed) {
  std::vector<double> values;
  for (const double v : packed["v"]) {
    values.push_back(packed["low"].get<double>() + packed["step"].get<double>() * v);
  }
  return values;
}

std::vector<double> Times(const Json& steps) {
  std::vector<double> times;
  double now_ms = 0;
  for (const double step : steps) times.push_back((now_ms += step) / 1000);
  return times;
}

const Json& Find(const Json& list, const std::string& metric) {
  for (const Json& one : list) {
    if (one["metric"] == metric) return one;
  }
  FAIL("no " << metric);
  return list;
}

model::SeriesData MakeSeries(const char* metric, const std::vector<double>& values) {
  model::SeriesData series{{model::SeriesId{9}, model::TargetId{1}, metric, "bytes"}, {}};
  for (size_t i = 0; i < values.size(); ++i) {
    series.points.push_back({2.0 * static_cast<double>(i), values[i]});
  }
  return series;
}

}  // namespace

TEST_CASE("of many rows those stay where a column is lowest or highest") {
  std::vector<double> time_s(10'000);
  std::iota(time_s.begin(), time_s.end(), 0);
  std::vector<std::vector<double>> columns(2, std::vector<double>(time_s.size(), 5));
  columns[0][4321] = 900;  // spikes of one row
  columns[1][8765] = -3;
  const std::vector<size_t> rows = ExtremeRows(time_s, columns, 50);
  CHECK(std::ranges::is_sorted(rows));
  CHECK(std::ranges::adjacent_find(rows) == rows.end());
  CHECK(rows.size() <= 2 * 2 * 50 + 2);
  CHECK(rows.front() == 0);
  CHECK(rows.back() == 9999);
  CHECK(std::ranges::binary_search(rows, 4321u));
  CHECK(std::ranges::binary_search(rows, 8765u));
}

TEST_CASE("few rows all stay, and rows of one time end") {
  const std::vector<double> time_s{1, 2, 3};
  const std::vector<std::vector<double>> columns{{3, 2, 1}};
  CHECK(ExtremeRows(time_s, columns, 1).size() == 3);
  CHECK(ExtremeRows({}, columns, 1).empty());
}

TEST_CASE("packed numbers are what they were") {
  const std::vector<double> counts{3, 70, 65'538, 3};
  CHECK(Values(PackValues(counts)) == counts);
  const std::vector<double> bytes{1e9, 1e9 + 4096, 5e9};
  const std::vector<double> unpacked = Values(PackValues(bytes));
  for (size_t i = 0; i < bytes.size(); ++i) CHECK(std::abs(unpacked[i] - bytes[i]) <= 4e9 / 65'535);
  const std::vector<double> flat{7.5, 7.5};
  CHECK(Values(PackValues(flat)) == flat);
  const std::vector<double> times{0.5, 0.75, 100};
  CHECK(Times(PackTimes(times)) == times);
}

TEST_CASE("a series has its points, its verdict and the line through what was judged") {
  const Fixture fixture = LeakingRun();
  const Json list = SeriesData(fixture.Input());
  REQUIRE(list.size() == 2);  // the verdict on fds has no stored series
  const Json& rss = Find(list, "rss_swap");
  CHECK(rss["target"] == 1);
  CHECK(rss["verdict"] == Json({{"list", "series"}, {"index", 0}}));
  CHECK(Times(rss["t"]).size() == 301);
  CHECK(Times(rss["t"]).back() == 600);
  CHECK(Values(rss["values"]).back() == Approx((40 + 98.0 / 6) * kMiB).epsilon(1e-4));
  // From 150 s on, as exactly as the slope of the verdict is that of the points.
  const Json& fit = rss["fit"];
  CHECK(fit["t"] == Json({150, 600}));
  CHECK(fit["v"][0].get<double>() == Approx((40 + 98.0 / 1800 * 75) * kMiB).epsilon(0.01));
  const double rise = fit["v"][1].get<double>() - fit["v"][0].get<double>();
  CHECK(rise == Approx(98 * kMiB * 450 / 3600));
  CHECK(fit["low"][1].get<double>() < fit["v"][1].get<double>());
  CHECK(fit["high"][1].get<double>() > fit["v"][1].get<double>());
}

TEST_CASE("a counter that is judged by its rate is drawn as that rate") {
  Fixture fixture = LeakingRun();
  fixture.data.series.push_back(MakeSeries("cpu_seconds", {0, 1, 2, 4, 4}));
  model::SeriesVerdict verdict = fixture.verdict.series[2];
  verdict.metric = "cpu_seconds";
  verdict.unit = "cores";
  fixture.verdict.series.push_back(verdict);
  const Json list = SeriesData(fixture.Input());
  const Json& cpu = Find(list, "cpu_seconds");
  CHECK(cpu["unit"] == "cores");
  const std::vector<double> rates = Values(cpu["values"]);
  REQUIRE(rates.size() == 4);
  CHECK(rates[0] == Approx(0.5).margin(1e-4));
  CHECK(rates[2] == Approx(1).margin(1e-4));
  CHECK(rates[3] == Approx(0).margin(1e-4));
}

TEST_CASE("what was not judged is drawn without a verdict, and what is no number not at all") {
  Fixture fixture = LeakingRun();
  fixture.data.series.push_back(MakeSeries("pss", {1, std::nan(""), 3}));
  const Json list = SeriesData(fixture.Input());
  const Json& pss = Find(list, "pss");
  CHECK(pss["verdict"].is_null());
  CHECK(pss["fit"].is_null());
  CHECK(Values(pss["values"]) == std::vector<double>{1, 3});
}

TEST_CASE("however many series there are, their points are bounded") {
  Fixture fixture = LeakingRun();
  std::vector<double> noise(20'000);
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<double>(i * 7919 % 1000);
  for (int i = 0; i < 100; ++i) {
    fixture.data.series.push_back(MakeSeries(("metric" + std::to_string(i)).c_str(), noise));
  }
  size_t points = 0;
  for (const Json& one : SeriesData(fixture.Input())) points += one["t"].size();
  CHECK(points > 300'000);
  CHECK(points <= 610'000);
}

TEST_CASE("the parts of memory add up to the whole at every time") {
  Fixture fixture = LeakingRun();
  std::vector<double> anon(301);
  std::vector<double> file(301, 8 * kMiB);
  std::vector<double> zero(301, 0);
  for (size_t i = 0; i < anon.size(); ++i) {
    anon[i] = fixture.data.series[0].points[i].value - 8 * kMiB;
  }
  fixture.data.series.push_back(MakeSeries("rss_anon", anon));
  fixture.data.series.push_back(MakeSeries("rss_file", file));
  fixture.data.series.push_back(MakeSeries("rss_shmem", zero));
  fixture.data.series.push_back(MakeSeries("swap", zero));
  const Json memory = MemoryData(fixture.Input());
  REQUIRE(memory.size() == 1);
  const std::vector<double> total = Values(memory[0]["total"]);
  std::vector<double> sum(total.size(), 0.0);
  for (const Json& part : memory[0]["parts"]) {
    const std::vector<double> values = Values(part["values"]);
    REQUIRE(values.size() == sum.size());
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += values[i];
  }
  REQUIRE(memory[0]["parts"].size() > 3);
  for (size_t i = 0; i < sum.size(); ++i) CHECK(sum[i] == Approx(total[i]).epsilon(1e-3));
}

TEST_CASE("the answers of the page are those of the text report") {
  const Json answers = HtmlData(LeakingRun().Input())["answers"];
  std::vector<std::string> labels;
  for (const Json& answer : answers) {
    labels.push_back(answer["label"]);
    CHECK(!answer["lines"].empty());
  }
  CHECK(labels == std::vector<std::string>{"What grew", "How sure", "How fast", "Since when",
                                           "Where from", "What will happen"});
  CHECK(answers[0]["lines"].size() == 2);  // the live heap, resident memory
}

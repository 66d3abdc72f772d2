// SPDX-License-Identifier: Apache-2.0
#include "analysis/drift_words.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace seep;
using namespace seep::analysis;

namespace {

// 20 ms that became 25 ms in so many hours, 22 to 28 by the interval.
model::SeriesVerdict Slower(double hours) {
  model::SeriesVerdict series;
  series.metric = model::metric::kLatencyP99;
  series.level = 0.0224;
  series.slope_per_hour = series.level * std::log(1.25) / hours;
  series.ci_low = series.level * std::log(1.1) / hours;
  series.ci_high = series.level * std::log(1.4) / hours;
  series.usable_s = 3600 * hours;
  series.drift = model::DriftFigures{.source = "http://x",
                                     .operation = "",
                                     .change_per_day = std::expm1(24 * std::log(1.25) / hours),
                                     .change_seen = 0.25,
                                     .from = 0.02,
                                     .to = 0.025,
                                     .p_value = 1e-6};
  return series;
}

}  // namespace

TEST_CASE("a drift is told per day, in a run of hours as it was seen, in minutes without the day") {
  CHECK(ChangeInWords(Slower(24)) == "25 % more per 24 h");
  CHECK(ChangeInWords(Slower(48)) == "12 % more per 24 h");
  CHECK(ChangeInWords(Slower(12)) == "25 % more in 12h00m (56 % per 24 h at this rate)");
  CHECK(ChangeInWords(Slower(0.5)) == "25 % more in 30m00s");
  for (const double hours : {0.01, 0.5, 12.0, 24.0}) {
    CHECK(ChangeRangeOf(Slower(hours)).low == "10 %");
    CHECK(ChangeRangeOf(Slower(hours)).high == "40 %");
  }
}

TEST_CASE("what drifts is said in words, with its operation") {
  model::SeriesVerdict series = Slower(24);
  CHECK(DescribeDrift(series) ==
        "answers become slower: 99 % of them took at most 20 ms at first and 25 ms at last, 25 % "
        "more per 24 h");
  series.drift->operation = "GET /cart";
  series.metric = model::metric::kLatencyP50;
  CHECK(DescribeDrift(series).find("answers of GET /cart become slower: half of them took") == 0);
  series.metric = model::metric::kThroughput;
  series.drift->from = 1200;
  series.drift->to = 900;
  series.drift->change_per_day = -0.25;
  CHECK(DescribeDrift(series) ==
        "answers of GET /cart become fewer: 1,200 a second at first and 900 at last, 25 % less per "
        "24 h");
  series.metric = model::metric::kErrorRate;
  series.drift->from = 0.001;
  series.drift->to = 0.004;
  series.drift->change_per_day = 0.003;
  CHECK(DescribeDrift(series) ==
        "more answers of GET /cart fail: 0.1 % at first and 0.4 % at last, 0.3 % of all more per "
        "24 h");
}

TEST_CASE("what would have been seen is told as a drift would be") {
  model::SeriesVerdict series = Slower(24);
  series.detectable_per_hour = series.level * std::log(1.12) / 24;
  CHECK(DetectableInWords(series) == "12 % per 24 h");
  series.usable_s = 6 * 3600;
  series.detectable_per_hour = series.level * std::log(1.12) / 6;
  CHECK(DetectableInWords(series) == "12 % in 6h00m");
}

TEST_CASE("times to answer have the unit that people read") {
  CHECK(Latency(0.00042) == "420 us");
  CHECK(Latency(0.0812) == "81.2 ms");
  CHECK(Latency(1.5) == "1.5 s");
  CHECK(Latency(std::nan("")) == "?");
}

TEST_CASE("the more of the answers shows a drift, and the longer, the surer") {
  model::SeriesVerdict tail = Slower(1);
  model::SeriesVerdict weak = tail;
  weak.drift->p_value = 0.01;
  CHECK(ConfidenceInDrift({&weak}).level == "low");
  CHECK(ConfidenceInDrift({&tail}).level == "medium");
  model::SeriesVerdict middle = Slower(24);
  middle.metric = model::metric::kLatencyP50;
  CHECK(ConfidenceInDrift({&tail, &middle}).level == "high");
  CHECK(ConfidenceInDrift({&weak}).reason.find("4 hours would make it surer") != std::string::npos);
}

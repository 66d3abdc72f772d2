// SPDX-License-Identifier: Apache-2.0
#include "analysis/one_series.h"

#include <catch2/catch.hpp>

#include <random>

#include "analysis/series/metric_kind.h"

using namespace seep;
using analysis::JudgeOneSeries;
using analysis::OneSeries;

namespace {

// 24 h, a value each 2 minutes: `level` with 0.5 % of noise, `rise` added over the whole time.
OneSeries Noisy(const std::string& metric, double level, double rise) {
  OneSeries series{.metric = metric, .points = {}, .load = {}};
  std::mt19937_64 random(7);
  for (int i = 0; i < 720; ++i) {
    const double noise = level * 0.005 * (static_cast<double>(random() >> 11) * 0x1p-52 - 1);
    series.points.push_back({120.0 * i, level + noise + rise * i / 720});
  }
  return series;
}

}  // namespace

TEST_CASE("the name of a metric decides its unit and what matters") {
  CHECK(analysis::KindOf("rss_swap", {}).unit == "bytes");
  CHECK(analysis::KindOf("heap_live", {}).unit == "bytes");
  CHECK(analysis::KindOf("process_resident_memory_bytes", {}).unit == "bytes");
  CHECK(analysis::KindOf("fds", {}).unit == "fds");
  CHECK(analysis::KindOf("process_open_fds", {}).unit == "fds");
  CHECK(analysis::KindOf("threads", {}).limits.least_rise == analysis::CountsLimits().least_rise);
  CHECK(analysis::KindOf("queue_depth", {}).unit.empty());
}

TEST_CASE("a leak of bytes is growth, with a forecast when there is a limit") {
  OneSeries series = Noisy("rss_swap", 100e6, 30e6);
  series.limit = 200'000'000;
  const auto findings = JudgeOneSeries(series);
  CHECK(findings.verdict.exit_code == model::ExitCode::kGrowth);
  CHECK(findings.verdict.confidence == "medium");
  REQUIRE(findings.verdict.forecast);
  CHECK(findings.verdict.forecast->hours == Approx(70.0 / 30 * 24).epsilon(0.1));
  REQUIRE(findings.verdict.series.size() == 1);
  CHECK(findings.verdict.series[0].slope_per_hour == Approx(30e6 / 24).epsilon(0.1));
}

TEST_CASE("a flat series passes, and says what would have been seen") {
  const auto findings = JudgeOneSeries(Noisy("rss_swap", 100e6, 0));
  CHECK(findings.verdict.exit_code == model::ExitCode::kPass);
  CHECK(findings.verdict.summary.find("would have been seen") != std::string::npos);
  CHECK_FALSE(findings.verdict.forecast);
}

TEST_CASE("a quantity of no known kind is judged by its level") {
  CHECK(JudgeOneSeries(Noisy("ratio", 0.001, 0.0004)).verdict.exit_code ==
        model::ExitCode::kGrowth);
  CHECK(JudgeOneSeries(Noisy("ratio", 0.001, 0)).verdict.exit_code == model::ExitCode::kPass);
}

TEST_CASE("a constant passes, also at zero") {
  for (const double level : {0.0, 1.0, 1e12}) {
    OneSeries series{.metric = "depth", .points = {}, .load = {}};
    for (int i = 0; i < 500; ++i) series.points.push_back({60.0 * i, level});
    const auto findings = JudgeOneSeries(series);
    INFO(level);
    CHECK(findings.trend.growth_class == model::GrowthClass::kStable);
    CHECK(findings.verdict.exit_code == model::ExitCode::kPass);
  }
}

TEST_CASE("too little is inconclusive, never a pass") {
  OneSeries series{.metric = "rss_swap", .points = {}, .load = {}};
  CHECK(JudgeOneSeries(series).verdict.exit_code == model::ExitCode::kInconclusive);
  for (int i = 0; i < 9; ++i) series.points.push_back({60.0 * i, 1e6});
  CHECK(JudgeOneSeries(series).verdict.exit_code == model::ExitCode::kInconclusive);
  OneSeries hole = Noisy("rss_swap", 100e6, 0);
  std::erase_if(hole.points,
                [](const model::Point& point) { return point.t_s > 70'000 && point.t_s < 80'000; });
  CHECK(JudgeOneSeries(hole).verdict.exit_code == model::ExitCode::kInconclusive);
}

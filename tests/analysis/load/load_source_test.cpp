// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/load_source.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "analysis/verdict.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::analysis;

namespace {

model::LoadWindow Window(const std::string& source, double begin_s, double end_s, double requests) {
  model::LoadWindow window;
  window.begin_s = begin_s;
  window.end_s = end_s;
  window.source = source;
  window.requests = requests;
  return window;
}

std::vector<model::LoadWindow> Windows(const std::string& source, double from_s, double to_s,
                                       double requests, double step_s = 60) {
  std::vector<model::LoadWindow> windows;
  for (double t_s = from_s; t_s + step_s <= to_s + 1e-9; t_s += step_s) {
    windows.push_back(Window(source, t_s, t_s + step_s, requests));
  }
  return windows;
}

std::vector<model::LoadWindow> operator+(std::vector<model::LoadWindow> a,
                                         const std::vector<model::LoadWindow>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string Chosen(const std::vector<model::LoadWindow>& load, double run_s) {
  return ChooseCovariate(SplitLoad(load), run_s).source;
}

}  // namespace

TEST_CASE("the source that covers most of the run is the load; on a tie the endpoint") {
  const auto tool = Windows("k6-json:a", 0, 3600, 900);
  CHECK(Chosen(tool + Windows("http://x/metrics", 1800, 3600, 600), 3600) == "k6-json:a");
  CHECK(Chosen(tool + Windows("http://x/metrics", 0, 3600, 600), 3600) == "http://x/metrics");
  CHECK(Chosen(Windows("http://x/metrics", 0, 3600, 600) + tool, 3600) == "http://x/metrics");
  CHECK(Chosen(tool + Windows("k6-json:b", 0, 3600, 901), 3600) == "k6-json:b");
  CHECK(Chosen({}, 3600).empty());
}

TEST_CASE("a source that saw no request, or tells no sum, is no load") {
  CHECK(Chosen(Windows("http://x", 0, 600, 0), 600).empty());
  auto parts = Windows("http://x", 0, 600, 5);
  for (model::LoadWindow& window : parts) window.operation = "GET /";
  CHECK(Chosen(parts, 600).empty());
}

TEST_CASE("the rate is that of the windows, and known in every short block between them") {
  auto load = Windows("http://x", 0, 600, 600);
  for (size_t i = 5; i < load.size(); ++i) load[i].requests = 1200;  // 10/s, then 20/s
  const LoadCovariate covariate = ChooseCovariate(SplitLoad(load), 600);
  CHECK(covariate.covered == Approx(1));
  double last_s = 0;
  for (const model::Point& point : covariate.rate) {
    CHECK(point.t_s - last_s <= 600.0 / 48);
    last_s = point.t_s;
    if (point.t_s <= 270) CHECK(point.value == Approx(10));
    if (point.t_s >= 330) CHECK(point.value == Approx(20));
  }
  CHECK(last_s == 600);
  CHECK(covariate.MeanRate(0, 600) == Approx(15));
  CHECK(covariate.MeanRate(0, 270) == Approx(10));
  CHECK(covariate.MeanRate(700, 800) == 0);
}

TEST_CASE("windows that are none, or overlap, are left out, and a hole stays one") {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  auto load = Windows("http://x", 0, 600, 60);
  load[2].requests = kNan;
  load[4].requests = -1;
  load[6].end_s = load[6].begin_s;
  load.push_back(Window("http://x", 100, 160, 60));
  const auto split = SplitLoad(load);
  REQUIRE(split.size() == 1);
  CHECK(split[0].windows.size() == 7);
  CHECK(split[0].Covered_s() == Approx(420));

  auto holed = Windows("http://x", 0, 600, 60);
  holed.erase(holed.begin() + 2, holed.begin() + 7);
  for (const model::Point& point : ChooseCovariate(SplitLoad(holed), 600).rate) {
    CHECK((point.t_s < 120 || point.t_s >= 420));
  }
}

TEST_CASE("times that no run has hang nothing") {
  auto load = Windows("http://x", 0, 600, 60);
  load.push_back(Window("http://x", 1e300, 2e300, 60));
  load.push_back(Window("http://x", -1e300, -1e299, 60));
  for (const double run_s : {0.0, 600.0, -1.0, 1e-300}) {
    const LoadCovariate covariate = ChooseCovariate(SplitLoad(load), run_s);
    CHECK(covariate.source == "http://x");
    CHECK(covariate.rate.size() < 5000);
    model::RunData data;
    data.run.duration_s = run_s;
    data.load = load;
    CHECK(Analyze(data).exit_code == model::ExitCode::kInconclusive);
  }
}

TEST_CASE("all together comes first, then the operations by their requests") {
  auto load = Windows("http://x", 0, 600, 5);
  load[0].operation = "b";
  auto a = Windows("http://x", 0, 600, 50);
  for (model::LoadWindow& window : a) window.operation = "a";
  const auto split = SplitLoad(load + a);
  REQUIRE(split.size() == 3);
  CHECK(split[0].operation.empty());
  CHECK(split[1].operation == "a");
  CHECK(split[2].operation == "b");
}

TEST_CASE("memory that follows a rising load is growth without the load, and none with it") {
  synthetic::Rng rng(11);
  model::RunData data = synthetic::MakeRun(rng, {7200, 5, 60, 30 * synthetic::kMiB, {}});
  data.stacks.clear();
  data.targets[0].probe = "not loaded";
  std::erase_if(data.series,
                [](const auto& one) { return one.series.metric == model::metric::kHeapLive; });
  // 20 to 100 requests/s, up and down on the way; 0.5 MiB each of them in flight.
  const auto rate = [](double t_s) { return 20 + 80 * t_s / 7200 + 8 * std::sin(t_s / 400); };
  for (model::SeriesData& series : data.series) {
    if (series.series.metric != model::metric::kRssSwap) continue;
    for (model::Point& point : series.points)
      point.value += 0.5 * synthetic::kMiB * rate(point.t_s);
  }
  CHECK(Analyze(data).exit_code == model::ExitCode::kGrowth);
  data.load = Windows("http://x/metrics", 0, 7200, 1);
  for (model::LoadWindow& window : data.load) window.requests = 60 * rate(window.begin_s + 30);
  const model::Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == model::ExitCode::kPass);
  CHECK(verdict.growth_class == model::GrowthClass::kLoadProportional);
  CHECK(verdict.load.covariate_source == "http://x/metrics");

  // 20 KiB a second beside it, at a mean of 60 requests a second: 341 KiB per thousand.
  for (model::SeriesData& series : data.series) {
    if (series.series.metric != model::metric::kRssSwap) continue;
    for (model::Point& point : series.points) point.value += 20 * synthetic::kKiB * point.t_s;
  }
  const model::Verdict leak = Analyze(data);
  CHECK(leak.exit_code == model::ExitCode::kGrowth);
  const auto rss = std::find_if(leak.series.begin(), leak.series.end(), [](const auto& one) {
    return one.metric == model::metric::kRssSwap;
  });
  REQUIRE(rss->per_million_requests);
  CHECK(*rss->per_million_requests == Approx(20.0 / 60 * 1e6 * synthetic::kKiB).epsilon(0.1));
}

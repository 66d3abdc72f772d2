// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage/service_series.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/verdict.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::AddUpProcesses;

namespace {

void AddProcess(model::RunData& data, double from_s, double to_s, double rss_bytes,
                double tick_s = 1) {
  model::Target target;
  target.id = model::TargetId{static_cast<int64_t>(data.targets.size()) + 1};
  target.pid = 1000 + static_cast<int>(data.targets.size());
  target.parent_pid = 1000;
  target.exe = "/usr/bin/service";
  target.probe = "not loaded";
  target.first_seen_s = from_s;
  target.last_seen_s = to_s;
  data.targets.push_back(target);
  const auto add = [&](const char* metric, const char* unit, double value) {
    model::SeriesData series{
        {model::SeriesId{static_cast<int64_t>(data.series.size()) + 1}, target.id, metric, unit},
        {}};
    for (double t = std::ceil(from_s); t <= to_s; t += tick_s) series.points.push_back({t, value});
    data.series.push_back(std::move(series));
  };
  add(model::metric::kRssSwap, "bytes", rss_bytes);
  add(model::metric::kFds, "fds", 10);
  add(model::metric::kThreads, "threads", 2);
}

model::RunData Empty(double duration_s) {
  model::RunData data;
  data.run.duration_s = duration_s;
  data.run.is_finished = true;
  data.run.interval_bytes = 128 * 1024;
  return data;
}

}  // namespace

TEST_CASE("values of processes that live at a time are added up") {
  model::RunData data = Empty(100);
  AddProcess(data, 0, 100, 10);
  AddProcess(data, 20.5, 60, 5, 2);  // measured half as often: its last value stands
  const auto all = AddUpProcesses(data);
  REQUIRE(all.size() == 4);
  CHECK(all[0].metric == "processes");
  const auto at = [](const analysis::ServiceSeries& series, double t_s) {
    for (const model::Point& point : series.points) {
      if (point.t_s == t_s) return point.value;
    }
    return -1.0;
  };
  CHECK(at(all[0], 10) == 1);
  CHECK(at(all[0], 30) == 2);
  CHECK(at(all[0], 61) == 1);
  CHECK(all[1].metric == "rss_swap");
  CHECK(at(all[1], 10) == 10);
  CHECK(at(all[1], 22) == 15);
  CHECK(at(all[1], 23) == 15);
  CHECK(at(all[1], 70) == 10);
  CHECK(at(all[2], 40) == 20);
}

TEST_CASE("a time at which a living process has no value is left out") {
  model::RunData data = Empty(100);
  AddProcess(data, 0, 100, 10);
  AddProcess(data, 20, 90, 5);
  auto& points = data.series[3].points;  // rss_swap of the second
  std::erase_if(points, [](const model::Point& point) { return point.t_s > 40 && point.t_s < 60; });
  const auto all = AddUpProcesses(data);
  for (const model::Point& point : all[1].points) {
    if (point.t_s > 44 && point.t_s < 60) FAIL("a sum at " << point.t_s);
  }
}

TEST_CASE("one process, or one after the other, is no service to add up") {
  model::RunData data = Empty(100);
  AddProcess(data, 0, 40, 10);
  CHECK(AddUpProcesses(data).empty());
  AddProcess(data, 42, 100, 10);
  CHECK(AddUpProcesses(data).empty());
}

TEST_CASE("shared pages are counted once where every process tells its share") {
  model::RunData data = Empty(100);
  AddProcess(data, 0, 100, 10);
  AddProcess(data, 0, 100, 10);
  for (size_t i = 0; i < 2; ++i) {
    model::SeriesData pss = data.series[3 * i];
    pss.series.metric = model::metric::kPss;
    for (model::Point& point : pss.points) point.value = 6;
    data.series.push_back(pss);
  }
  const auto all = AddUpProcesses(data);
  CHECK(all[1].metric == "pss");
  CHECK(all[1].points.back().value == 12);
}

TEST_CASE("processes that become more are growth though each is stable") {
  model::RunData data = Empty(600);
  AddProcess(data, 0, 600, 20 * kMiB);
  for (int i = 0; i < 28; ++i) AddProcess(data, 10 + 20 * i, 600, 5 * kMiB);
  const model::Verdict verdict = analysis::Analyze(data);
  INFO(verdict.summary);
  CHECK(verdict.exit_code == model::ExitCode::kGrowth);
  CHECK(verdict.summary.find("more processes per hour than end") != std::string::npos);
}

TEST_CASE("a pool of workers that is full, and workers that are replaced, are no growth") {
  model::RunData data = Empty(600);
  AddProcess(data, 0, 600, 20 * kMiB);
  for (int i = 0; i < 8; ++i) AddProcess(data, 3 + i, 600, 5 * kMiB);
  for (int i = 0; i < 20; ++i) AddProcess(data, 20 + 28 * i, 20 + 28 * i + 26, 5 * kMiB);
  const model::Verdict verdict = analysis::Analyze(data);
  INFO(verdict.summary);
  CHECK(verdict.exit_code == model::ExitCode::kPass);
}

// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/load_windows.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "storage/model/latency.h"

using namespace seep::endpoint;
using seep::model::LoadWindow;

namespace {

constexpr double kStart_s = 1795307557;

LoadWindows Windows(double length_s) {
  return LoadWindows({.source = "k6-json:/x",
                      .run_started_at_s = kStart_s,
                      .length = [length_s](double) { return length_s; },
                      .expected_interval_s = 0.01});
}

Answer At(double t_s, std::string operation = "", bool is_error = false) {
  return {kStart_s + t_s, 0.02, is_error, std::move(operation)};
}

std::vector<LoadWindow> Of(const std::vector<LoadWindow>& windows, const std::string& operation) {
  std::vector<LoadWindow> found;
  std::ranges::copy_if(windows, std::back_inserter(found),
                       [&](const LoadWindow& window) { return window.operation == operation; });
  return found;
}

}  // namespace

TEST_CASE("a window is given once something later is told, with each operation and all together") {
  LoadWindows windows = Windows(10);
  windows.SetNow(30);
  windows.Take(At(1, "a"));
  windows.Take(At(9, "b", true));
  windows.Take(At(4, "a"));
  windows.TakeConcurrency(kStart_s + 2, 3);
  windows.TakeConcurrency(kStart_s + 3, 5);
  windows.Take(At(11, "a"));
  CHECK(windows.TakeComplete(true).empty());  // another thread of the tool may be a second behind
  windows.Take(At(12.5, "a"));
  const auto given = windows.TakeComplete(true);
  REQUIRE(given.size() == 3);
  CHECK(given[0].operation.empty());
  CHECK(given[0].begin_s == 0);
  CHECK(given[0].end_s == 10);
  CHECK(given[0].requests == 3);
  CHECK(given[0].errors == 1);
  CHECK(given[0].concurrency == 4);
  CHECK(given[0].expected_interval_s == 0.01);
  REQUIRE(given[0].latency.size() == 1);
  CHECK(given[0].latency[0].low_s == 0.02);
  CHECK(given[0].latency[0].count == 3);
  CHECK(Of(given, "a").at(0).requests == 2);
  CHECK(Of(given, "b").at(0).errors == 1);
  windows.Take(At(5));
  CHECK(windows.counts().late == 1);
  CHECK(windows.counts().answers == 5);
}

TEST_CASE("where nothing is told between two windows nothing was answered; behind them who knows") {
  LoadWindows windows = Windows(10);
  windows.SetNow(100);
  windows.Take(At(5, "a"));
  windows.Take(At(45, "a"));
  const auto given = Of(windows.TakeComplete(true), "");
  REQUIRE(given.size() == 4);
  CHECK(given[1].requests == 0);
  CHECK(given[1].latency.empty());
  CHECK(given[3].end_s == 40);
  CHECK(windows.TakeComplete(true).empty());
  windows.SetNow(109);
  CHECK(windows.TakeComplete(true).empty());
  windows.SetNow(111);
  CHECK(windows.TakeComplete(false).empty());  // there is more to read
  CHECK(Of(windows.TakeComplete(true), "").size() == 1);
  windows.SetNow(500);
  CHECK(windows.TakeComplete(true).empty());
}

TEST_CASE("at the end the last window ends there") {
  LoadWindows windows = Windows(60);
  windows.SetNow(70);
  windows.Take(At(5));
  windows.Take(At(65));
  const auto given = windows.TakeAll();
  REQUIRE(given.size() == 2);
  CHECK(given[1].begin_s == 60);
  CHECK(given[1].end_s == 70);
  CHECK(windows.TakeAll().empty());
}

TEST_CASE("what is not of the run, or of another clock, is counted and no more") {
  LoadWindows windows = Windows(60);
  windows.SetNow(70);
  windows.Take(At(-1));
  windows.Take(At(76));
  windows.Take(At(std::numeric_limits<double>::quiet_NaN()));
  windows.Take(At(1e300));
  CHECK(windows.counts().before_run == 2);
  CHECK(windows.counts().in_future == 2);
  CHECK(windows.TakeAll().empty());
}

TEST_CASE("twenty operations have a name, the rest is other") {
  LoadWindows windows = Windows(60);
  windows.SetNow(70);
  for (int i = 0; i < 50; ++i) windows.Take(At(5, "operation " + std::to_string(i)));
  const auto given = windows.TakeAll();
  CHECK(given.size() == 22);
  CHECK(given[0].requests == 50);
  CHECK(Of(given, kOtherOperations).at(0).requests == 30);
}

TEST_CASE("a summary is spread over the windows that it goes through") {
  LoadWindows windows = Windows(10);
  windows.SetNow(40);
  windows.Take(AnswerSummary{.begin_s = kStart_s + 5,
                             .end_s = kStart_s + 25,
                             .requests = 200,
                             .errors = 20,
                             .latency = {{0.01, 0.02, 100}, {0.02, 0.1, 100}}});
  const auto given = windows.TakeAll();
  REQUIRE(given.size() == 3);
  CHECK(given[0].requests == Approx(50));
  CHECK(given[1].requests == Approx(100));
  CHECK(given[1].errors == Approx(10));
  CHECK(given[1].latency.at(0).count == Approx(50));
  CHECK(given[2].requests == Approx(50));
  CHECK(windows.counts().answers == 200);
}

TEST_CASE("windows grow with the time between snapshots, the same whenever they are asked for") {
  const auto make = [] {
    return LoadWindows(
        {.source = "x",
         .run_started_at_s = kStart_s,
         .length = [](double begin_s) { return std::clamp(begin_s / 60, 0.2, 60.0); },
         .expected_interval_s = 0});
  };
  LoadWindows early = make();
  LoadWindows late = make();
  std::vector<LoadWindow> one;
  early.SetNow(1000);
  late.SetNow(1000);
  for (int t_s = 0; t_s < 900; ++t_s) {
    early.Take(At(t_s));
    std::ranges::move(early.TakeComplete(false), std::back_inserter(one));
    late.Take(At(t_s));
  }
  const auto all = late.TakeAll();
  REQUIRE(one.size() > 100);
  REQUIRE(all.size() >= one.size());
  for (size_t i = 0; i < one.size(); ++i) {
    REQUIRE(one[i].begin_s == all[i].begin_s);
    REQUIRE(one[i].end_s == all[i].end_s);
    REQUIRE(one[i].end_s - one[i].begin_s >= kShortestWindow_s - 1e-9);
    REQUIRE(one[i].requests == all[i].requests);
  }
}

TEST_CASE("in whatever order within two seconds, each answer is in a window once") {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  CAPTURE(seed);
  LoadWindows windows = Windows(7);
  double answers = 0;
  double told = 0;
  for (int t_ms = 0; t_ms < 200'000; t_ms += 37) {
    const double jitter_s = static_cast<double>(random() % 1900) / 1000;
    windows.SetNow(t_ms / 1000.0 + 2);
    windows.Take(At(t_ms / 1000.0 + jitter_s, random() % 2 == 0 ? "a" : "b"));
    ++answers;
    for (const LoadWindow& window : windows.TakeComplete(true)) {
      if (window.operation.empty()) told += window.requests;
    }
  }
  for (const LoadWindow& window : windows.TakeAll()) {
    if (window.operation.empty()) told += window.requests;
  }
  CHECK(windows.counts().late == 0);
  CHECK(told == answers);
}

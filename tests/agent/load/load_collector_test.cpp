// SPDX-License-Identifier: Apache-2.0
// The collector against a real endpoint (the daemon's own server), a port that refuses, and files.
// Endpoints that lie or stand still are in tests/end_to_end/test_load.py.
#include "agent/load/load_collector.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "agent/load/load_feed.h"
#include "agent/serve/server.h"
#include "agent/watch/clock.h"

using namespace seep::agent;
using seep::endpoint::LoadFormat;
using seep::endpoint::LoadSource;
using seep::model::Event;
using seep::model::LoadWindow;

namespace {

constexpr char kRefusing[] = "http://127.0.0.1:1/metrics";

LoadRun RunOf(const std::string& owner) {
  return {.owner = owner,
          .started_s = MonotonicSeconds(),
          .started_at_s = static_cast<double>(NowNanoseconds(CLOCK_REALTIME)) / 1e9,
          .length = [](double) { return 1; }};
}

class TempFile {
 public:
  TempFile() {
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    close(file);
  }
  ~TempFile() { unlink(path_.c_str()); }
  const std::string& path() const { return path_; }
  // Answers of now, in JMeter's words.
  void Append(int answers) const {
    // In whole milliseconds this one may be before the start of the run.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::ofstream file(path_, std::ios::app);
    for (int i = 0; i < answers; ++i) {
      file << fmt::format("{},0,GET,true\n", NowNanoseconds(CLOCK_REALTIME) / 1'000'000);
    }
  }

 private:
  std::string path_ = "/tmp/seep_load_XXXXXX";
};

double RequestsOf(const std::vector<LoadWindow>& windows) {
  double requests = 0;
  for (const LoadWindow& window : windows)
    requests += window.operation.empty() ? window.requests : 0;
  return requests;
}

bool Has(const std::vector<Event>& events, const std::string& kind, const std::string& words) {
  return std::ranges::any_of(events, [&](const Event& event) {
    return event.kind == kind && event.message.find(words) != std::string::npos;
  });
}

// What is taken until `is_enough`, as the loop takes it.
LoadTaken TakeUntil(LoadCollector& collector, uint64_t id,
                    const std::function<bool(const LoadTaken&)>& is_enough) {
  LoadTaken all;
  for (int i = 0; i < 6000 && !is_enough(all); ++i) {
    LoadTaken taken = collector.Take(id);
    std::ranges::move(taken.windows, std::back_inserter(all.windows));
    std::ranges::move(taken.events, std::back_inserter(all.events));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return all;
}

}  // namespace

TEST_CASE("an endpoint that answers, one that refuses and a file, for one run") {
  seep::serve::SnapshotBoard board;
  board.Publish({});
  const auto server = seep::serve::Server::Start({.port = 0}, board);
  REQUIRE(server);
  const std::string url = fmt::format("http://127.0.0.1:{}/metrics", (*server)->port());
  const TempFile file;
  std::ofstream(file.path()) << "timeStamp,elapsed,label,success\n";
  LoadCollector collector;
  const auto id = collector.Add(
      RunOf("api"), {{.endpoint = url, .requests = "seep_agent_http_responses_total{code=\"200\"}"},
                     {.endpoint = kRefusing},
                     {.file = file.path()}});
  REQUIRE(id);
  file.Append(100);
  const std::string refusing = std::string("api: load ") + kRefusing;
  const LoadTaken taken = TakeUntil(collector, *id, [&](const LoadTaken& all) {
    const auto told = std::ranges::count(all.windows, url, &LoadWindow::source);
    return told >= 2 && Has(all.events, "breaker", refusing + ": closed to open (transient)");
  });
  CHECK(Has(taken.events, "breaker", refusing + ": closed to open (transient)"));
  // The scrapes themselves are what it answers.
  for (const LoadWindow& window : taken.windows) {
    if (window.source == url) CHECK(window.requests >= 1);
  }
  std::vector<seep::resilience::BreakerStatus> statuses;
  for (int i = 0; i < 1000 && statuses.empty(); ++i) statuses = collector.Statuses();
  REQUIRE(statuses.size() == 3);
  CHECK(statuses[1].name == refusing);
  CHECK(statuses[1].state != seep::resilience::BreakerState::kClosed);
  CHECK(statuses[0].statistics.requests > 1);
  const LoadTaken last = collector.Finish(*id, 5);
  CHECK(Has(last.events, "warning", refusing + " told nothing: "));
  CHECK_FALSE(Has(last.events, "warning", url));
  std::vector<LoadWindow> told;
  for (const auto* windows : {&taken.windows, &last.windows}) {
    std::ranges::copy_if(*windows, std::back_inserter(told), [&file](const LoadWindow& window) {
      return window.source == "jmeter:" + file.path();
    });
  }
  CHECK(RequestsOf(told) == 100);
  CHECK(collector.Take(*id).windows.empty());
}

TEST_CASE("sources that stay over a change are read on, those that go say their last") {
  const TempFile stays;
  const TempFile goes;
  LoadCollector collector;
  const LoadSource first{.file = stays.path(), .format = LoadFormat::kJmeter};
  const LoadSource second{.file = goes.path(), .format = LoadFormat::kJmeter};
  for (const TempFile* file : {&stays, &goes}) {
    std::ofstream(file->path()) << "timeStamp,elapsed,label,success\n";
  }
  const auto id = collector.Add(RunOf(""), {first, second});
  REQUIRE(id);
  stays.Append(10);
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  collector.Change(*id, {first, {.endpoint = kRefusing}});
  const LoadTaken taken = TakeUntil(collector, *id, [&](const LoadTaken& all) {
    return Has(all.events, "warning", goes.path() + " told nothing");
  });
  CHECK(Has(taken.events, "warning", goes.path() + " told nothing"));
  stays.Append(10);
  const LoadTaken last = collector.Finish(*id, 5);
  CHECK(RequestsOf(taken.windows) + RequestsOf(last.windows) == 20);
}

TEST_CASE("runs come and go while it works") {
  LoadCollector collector;
  const TempFile file;
  std::ofstream(file.path()) << "timeStamp,elapsed,label,success\n";
  for (int round = 0; round < 60; ++round) {
    auto feed = LoadFeed::Open(collector, RunOf(std::to_string(round)),
                               {{.endpoint = kRefusing}, {.file = file.path()}});
    REQUIRE(feed);
    file.Append(1);
    seep::model::Tick tick;
    feed->AddTo(&tick);
    [[maybe_unused]] const auto statuses = collector.Statuses();
    if (round % 3 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
    if (round % 4 == 0) [[maybe_unused]]
      const auto last = feed->Finish(round % 8 == 0 ? 1 : 0);
  }
}

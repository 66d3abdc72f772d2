// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/scrape_windows.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <string>

#include "storage/model/latency.h"

using namespace seep::endpoint;
using seep::model::LoadWindow;

namespace {

class Endpoint {
 public:
  explicit Endpoint(LoadSource source = {}, double length_s = 10)
      : windows_(Make(source, length_s)) {}

  seep::model::Status Scrape(double t_s, const std::string& text) {
    windows_.Begin();
    windows_.text().Add(text);
    return windows_.End(t_s, false);
  }
  // Of the operation, all windows so far.
  std::vector<LoadWindow> Told(const std::string& operation = "") {
    std::ranges::move(windows_.TakeAll(), std::back_inserter(told_));
    std::vector<LoadWindow> found;
    std::ranges::copy_if(told_, std::back_inserter(found),
                         [&](const LoadWindow& window) { return window.operation == operation; });
    return found;
  }
  const ScrapeCounts& counts() const { return windows_.counts(); }

 private:
  static ScrapeWindows Make(LoadSource source, double length_s) {
    source.endpoint = "http://h/metrics";
    return ScrapeWindows(source, {.source = "http://h/metrics",
                                  .run_started_at_s = 0,
                                  .length = [length_s](double) { return length_s; },
                                  .expected_interval_s = 0});
  }
  ScrapeWindows windows_;
  std::vector<LoadWindow> told_;
};

std::string Requests(int good, int bad) {
  return fmt::format(
      "http_requests_total{{handler=\"/a\",code=\"200\"}} {}\n"
      "http_requests_total{{handler=\"/b\",code=\"503\"}} {}\n",
      good, bad);
}

std::string Histogram(int fast, int slow, int slowest) {
  return fmt::format(
      "http_request_duration_seconds_bucket{{le=\"0.1\"}} {}\n"
      "http_request_duration_seconds_bucket{{le=\"1\"}} {}\n"
      "http_request_duration_seconds_bucket{{le=\"+Inf\"}} {}\n"
      "http_request_duration_seconds_count {}\n",
      fast, fast + slow, fast + slow + slowest, fast + slow + slowest);
}

}  // namespace

TEST_CASE("counters become increments between scrapes, errors are those of the server") {
  Endpoint endpoint;
  REQUIRE(endpoint.Scrape(1, Requests(1000, 50)));
  REQUIRE(endpoint.Scrape(6, Requests(1040, 51)));
  REQUIRE(endpoint.Scrape(11.5, Requests(1100, 55)));
  const auto told = endpoint.Told();
  REQUIRE(told.size() == 1);
  CHECK(told[0].begin_s == 1);
  CHECK(told[0].end_s == 11.5);
  CHECK(told[0].requests == 105);
  CHECK(told[0].errors == 5);
  CHECK(told[0].latency.empty());
  CHECK(endpoint.Told("/a").at(0).requests == 100);
  CHECK(endpoint.Told("/b").at(0).errors == 5);
}

TEST_CASE(
    "a counter that begins anew, or appears, has begun at zero; one that is away is not new") {
  Endpoint endpoint;
  REQUIRE(endpoint.Scrape(0, Requests(1000, 50)));
  REQUIRE(endpoint.Scrape(5, Requests(7, 60)));
  CHECK(endpoint.counts().resets == 1);
  CHECK(endpoint.Told().back().requests == 17);
  REQUIRE(endpoint.Scrape(10, Requests(7, 60) + "http_requests_total{code=\"201\"} 4\n"));
  CHECK(endpoint.Told().back().requests == 4);
  REQUIRE(endpoint.Scrape(15, "http_requests_total{code=\"201\"} 5\n"));
  REQUIRE(endpoint.Scrape(20, Requests(8, 60)));
  CHECK(endpoint.Told().back().requests == 2);
}

TEST_CASE("cumulative buckets become those of the window; the count is the requests") {
  Endpoint endpoint;
  REQUIRE(endpoint.Scrape(0, Histogram(100, 10, 1)));
  REQUIRE(endpoint.Scrape(10, Histogram(160, 30, 2)));
  const auto told = endpoint.Told();
  REQUIRE(told.size() == 1);
  CHECK(told[0].requests == 81);
  REQUIRE(told[0].latency.size() == 3);
  CHECK(told[0].latency[0].high_s == 0.1);
  CHECK(told[0].latency[0].count == 60);
  CHECK(told[0].latency[1].count == 20);
  CHECK(told[0].latency[2].low_s == 1);
  CHECK(std::isinf(told[0].latency[2].high_s));
  REQUIRE(endpoint.Scrape(20, Histogram(5, 0, 0)));  // anew
  CHECK(endpoint.Told().back().latency.at(0).count == 5);
  CHECK(endpoint.Told().back().requests == 5);
}

TEST_CASE("names, labels and units as they are told to be") {
  Endpoint endpoint({.requests = "rpc_done{kind!=\"ping\"}",
                     .errors = "rpc_done{outcome=~\"fail.*\"}",
                     .latency = "rpc_milliseconds",
                     .operation = "method"});
  const auto text = [](int good, int failed, int fast) {
    return fmt::format(
        "rpc_done{{method=\"x\",outcome=\"ok\"}} {}\n"
        "rpc_done{{method=\"x\",outcome=\"failed\"}} {}\n"
        "rpc_done{{kind=\"ping\"}} 99999\nrpc_milliseconds_bucket{{le=\"250\"}} {}\n"
        "http_requests_total 5\n",
        good, failed, fast);
  };
  REQUIRE(endpoint.Scrape(0, text(10, 1, 0)));
  REQUIRE(endpoint.Scrape(10, text(30, 5, 24)));
  const auto told = endpoint.Told("x");
  REQUIRE(told.size() == 1);
  CHECK(told[0].requests == 24);
  CHECK(told[0].errors == 4);
  CHECK(endpoint.Told().at(0).latency.at(0).high_s == 0.25);
  CHECK_FALSE(endpoint.Scrape(20, "http_requests_total 5\n"));
}

TEST_CASE("what makes no sense is counted and left out") {
  Endpoint endpoint;
  REQUIRE(endpoint.Scrape(0, "http_requests_total 5\n" + Histogram(10, 10, 0)));
  REQUIRE(endpoint.Scrape(5, "http_requests_total NaN\n" + Histogram(20, -15, 0)));
  CHECK(endpoint.counts().bad_values == 2);
  REQUIRE(endpoint.Scrape(8, "http_requests_total -3\nhttp_requests_total +Inf\n"));
  REQUIRE(endpoint.Scrape(
      10, "http_requests_total 9\nhttp_requests_total 800\n" + Histogram(20, 15, 0)));
  const auto told = endpoint.Told();
  REQUIRE(told.size() == 1);
  CHECK(told[0].requests == 4);
  REQUIRE(told[0].latency.size() == 2);
  CHECK(told[0].latency[0].count == 10);
  CHECK(told[0].latency[1].count == 5);
}

TEST_CASE("a scrape that is none is as if it had not been") {
  Endpoint endpoint;
  REQUIRE(endpoint.Scrape(0, Requests(1, 0)));
  CHECK_FALSE(endpoint.Scrape(3, "<html>\n"));
  CHECK_FALSE(endpoint.Scrape(4, "http_requests_total{code=\"200\"} 5"));
  CHECK_FALSE(endpoint.Scrape(5, "something_else 1\n"));
  const auto gauge = endpoint.Scrape(6, "# TYPE http_requests_total gauge\n" + Requests(9, 9));
  REQUIRE_FALSE(gauge);
  CHECK(gauge.error().message.find("is a gauge, not a counter") != std::string::npos);
  REQUIRE(endpoint.Scrape(10, Requests(4, 0)));
  REQUIRE(endpoint.Told().size() == 1);
  CHECK(endpoint.Told()[0].requests == 3);
  CHECK(endpoint.counts().scrapes == 2);
}

TEST_CASE("a long silence is a window of its own") {
  Endpoint endpoint;
  REQUIRE(endpoint.Scrape(0, Requests(0, 0)));
  REQUIRE(endpoint.Scrape(5, Requests(10, 0)));
  REQUIRE(endpoint.Scrape(60, Requests(40, 0)));
  const auto told = endpoint.Told();
  REQUIRE(told.size() == 2);
  CHECK(told[0].end_s == 5);
  CHECK(told[0].requests == 10);
  CHECK(told[1].begin_s == 5);
  CHECK(told[1].end_s == 60);
  CHECK(told[1].requests == 30);
}

TEST_CASE("whatever is told, windows ascend and hold no nonsense") {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  CAPTURE(seed);
  Endpoint endpoint;
  for (int t_s = 0; t_s < 3000; ++t_s) {
    std::string text = Requests(static_cast<int>(random() % 1000), static_cast<int>(random() % 9)) +
                       Histogram(static_cast<int>(random() % 99), static_cast<int>(random() % 9),
                                 static_cast<int>(random() % 3));
    for (size_t i = 0; i < random() % 4; ++i) {
      text[random() % (text.size() - 1)] = static_cast<char>(32 + random() % 95);
    }
    [[maybe_unused]] const auto scraped = endpoint.Scrape(t_s, text);
  }
  double end_s = 0;
  for (const LoadWindow& window : endpoint.Told()) {
    REQUIRE(window.begin_s >= end_s);
    end_s = window.end_s;
    REQUIRE(end_s > window.begin_s);
    REQUIRE(std::isfinite(window.requests));
    REQUIRE(window.requests >= 0);
    REQUIRE(window.errors >= 0);
    REQUIRE(window.errors <= window.requests);
    double high_s = 0;
    for (const auto& bucket : window.latency) {
      REQUIRE(bucket.low_s >= high_s);
      REQUIRE(bucket.count > 0);
      high_s = bucket.high_s;
    }
  }
  CHECK(endpoint.Told().size() > 100);
}

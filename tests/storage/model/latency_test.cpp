// SPDX-License-Identifier: Apache-2.0
#include "storage/model/latency.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>

using namespace seep::model;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double CountOf(const std::vector<LatencyBucket>& latency) {
  double count = 0;
  for (const LatencyBucket& bucket : latency) count += bucket.count;
  return count;
}

void CheckOrdered(const std::vector<LatencyBucket>& latency) {
  for (size_t i = 0; i + 1 < latency.size(); ++i) {
    CHECK(latency[i].low_s <= latency[i].high_s);
    CHECK(latency[i].high_s <= latency[i + 1].low_s);
  }
}

}  // namespace

TEST_CASE("cells have three significant digits, and edges that people write") {
  CHECK(LatencyEdge(LatencyCell(0.005)) == 0.005);
  CHECK(LatencyEdge(LatencyCell(0.25)) == 0.25);
  CHECK(LatencyEdge(LatencyCell(1)) == 1);
  CHECK(LatencyEdge(LatencyCell(60)) == 60);
  CHECK(LatencyCell(0) == 0);
  CHECK(LatencyCell(-1) == 0);
  CHECK(LatencyCell(std::numeric_limits<double>::quiet_NaN()) == 0);
  CHECK(LatencyCell(kInfinity) == kLatencyCells - 1);
  std::mt19937 random(20261122);
  std::uniform_real_distribution<double> digits(-5.9, 5.9);
  for (int i = 0; i < 100'000; ++i) {
    const double seconds = std::pow(10, digits(random));
    const int cell = LatencyCell(seconds);
    REQUIRE(LatencyEdge(cell) <= seconds);
    REQUIRE(seconds < LatencyEdge(cell + 1));
    REQUIRE(LatencyEdge(cell + 1) / LatencyEdge(cell) <= 1.0100001);
  }
}

TEST_CASE("quantiles lie on the logarithm within their bucket, and on time in the first one") {
  const std::vector<LatencyBucket> latency{{0.1, 0.2, 50}, {0.3, 0.4, 40}, {1, kInfinity, 10}};
  CHECK(*LatencyQuantile(latency, 0.25) == Approx(0.1 * std::sqrt(2)));
  CHECK(*LatencyQuantile(latency, 0.7) == Approx(std::sqrt(0.3 * 0.4)));
  CHECK(*LatencyQuantile(latency, 0.99) == 1);
  CHECK(*LatencyQuantile({{0, 0.005, 10}}, 0.5) == Approx(0.0025));
  CHECK_FALSE(LatencyQuantile({}, 0.5));
}

TEST_CASE("where buckets overlap a quantile of each stays where it was") {
  const auto merged = MergeLatency({{0.01, 0.1, 100}, {0.01 * std::sqrt(10), 1, 150}});
  // 50 in the first half of a decade; 50 and 50 in the second; 100 in the last decade.
  REQUIRE(merged.size() == 3);
  CHECK(merged[0].count == Approx(50));
  CHECK(merged[1].count == Approx(100));
  CHECK(merged[2].count == Approx(100));
}

TEST_CASE("very many buckets that overlap keep their answers, and quantiles to a hundredth") {
  std::mt19937 random(3);
  std::lognormal_distribution<double> times(0, 1);
  std::vector<LatencyBucket> buckets;
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) {
    values.push_back(times(random));
    buckets.push_back({values.back() / 1.02, values.back() * 1.02, 10});
  }
  std::ranges::sort(values);
  const auto merged = MergeLatency(buckets);
  CheckOrdered(merged);
  CHECK(CountOf(merged) == Approx(30000));
  CHECK(merged.size() < 1500);
  CHECK(*LatencyQuantile(merged, 0.5) == Approx(values[1500]).epsilon(0.02));
}

TEST_CASE("histograms of any edges become one, with as many answers") {
  const auto same = MergeLatency({{0, 1, 2}, {1, 2, 3}, {0, 1, 5}});
  REQUIRE(same.size() == 2);
  CHECK(same[0].count == 7);
  const auto merged = MergeLatency({{0, 4, 8}, {2, 6, 4}, {5, kInfinity, 1}, {3, 3, 2}});
  CheckOrdered(merged);
  CHECK(CountOf(merged) == Approx(15));
  CHECK(merged.front().count == Approx(4));  // [0, 2): half of the first
  CHECK(merged.back().low_s == 6);           // an open end stays open
  CHECK(merged.back().count == 1);
  CHECK(MergeLatency({{0, std::nan(""), 1}, {1, 0, 1}, {0, 1, -1}, {0, 1, 0}}).empty());

  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<LatencyBucket> buckets;
    const size_t most = 1 + random() % 40;
    for (size_t i = 0; i < most; ++i) {
      const auto low_s = static_cast<double>(random() % 20);
      buckets.push_back({low_s, low_s + static_cast<double>(random() % 8),
                         static_cast<double>(1 + random() % 5)});
    }
    const double count = CountOf(buckets);
    const auto one = MergeLatency(buckets);
    CheckOrdered(one);
    REQUIRE(CountOf(one) == Approx(count));
    const size_t wanted = 1 + random() % 10;
    const auto coarse = CoarsenLatency(one, wanted);
    CheckOrdered(coarse);
    REQUIRE(coarse.size() <= wanted);
    REQUIRE(CountOf(coarse) == Approx(count));
  }
}

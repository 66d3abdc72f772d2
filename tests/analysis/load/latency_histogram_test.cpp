// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/latency_histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "bench/synthetic/random.h"

using namespace seep;
using namespace seep::analysis;
using model::LatencyBucket;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

LatencyHistogram Of(const std::vector<LatencyBucket>& buckets) {
  return LatencyHistogram(buckets);
}

// Buckets a hundredth wide.
LatencyHistogram OfValues(const std::vector<double>& values) {
  std::map<double, double> counts;
  for (const double value : values) counts[std::floor(std::log(value) / std::log(1.01))] += 1;
  std::vector<LatencyBucket> buckets;
  for (const auto& [step, count] : counts) {
    buckets.push_back({std::pow(1.01, step), std::pow(1.01, step + 1), count});
  }
  return Of(buckets);
}

}  // namespace

TEST_CASE("a quantile lies on the logarithm within its bucket, and on time in the first one") {
  // 60 of 100 answers from 1 to 10 ms, 40 from 10 to 100 ms.
  const LatencyHistogram histogram = Of({{0.001, 0.01, 60}, {0.01, 0.1, 40}});
  CHECK(histogram.answers() == 100);
  CHECK(histogram.Quantile(0.3).seconds == Approx(0.001 * std::sqrt(10)));
  CHECK(histogram.Quantile(0.6).seconds == Approx(0.01));
  CHECK(histogram.Quantile(0.9).seconds == Approx(0.01 * std::pow(10, 0.75)));
  CHECK(histogram.Quantile(0.9).bucket_share == Approx(0.4));
  CHECK(histogram.Quantile(0.9).bucket_log == Approx(std::log(10)));
  CHECK(Of({{0, 0.005, 10}}).Quantile(0.5).seconds == Approx(0.0025));
}

TEST_CASE("beyond the last limit of a histogram a quantile is that limit, and known to be open") {
  const LatencyHistogram histogram = Of({{0.1, 1, 98}, {1, kInfinity, 2}});
  CHECK_FALSE(histogram.Quantile(0.95).is_open);
  CHECK(histogram.Quantile(0.99).is_open);
  CHECK(histogram.Quantile(0.99).seconds == 1);
}

TEST_CASE("answers that all took one time are told to its digits") {
  const LatencyHistogram histogram = Of({{0.05, 0.05, 80}, {0.05, 0.2, 20}, {0, 0, 1}});
  CHECK(histogram.answers() == 101);
  CHECK(histogram.Quantile(0.5).seconds == Approx(0.05).epsilon(0.001));
  CHECK(histogram.Quantile(0.995).seconds > 0.15);
}

TEST_CASE("the error of a quantile is that of its order statistics") {
  // The theory of large samples: sqrt(q (1 - q) / n) / (x f(x)); lognormal, sigma 0.5: x f(x) =
  // phi(z) / sigma. phi(0) = 0.39894, phi(1.64485) = 0.10314, phi(2.32635) = 0.02665.
  const struct {
    double quantile;
    double density;
  } cases[] = {{0.5, 0.39894}, {0.95, 0.10314}, {0.99, 0.02665}};
  constexpr int kAnswers = 20000;
  constexpr int kRuns = 200;
  constexpr double kSigma = 0.5;
  for (const auto& [quantile, density] : cases) {
    synthetic::Rng rng(static_cast<uint64_t>(1000 * quantile));
    std::vector<double> logs;
    double mean_error = 0;
    int held = 0;
    const double z = quantile == 0.5 ? 0 : quantile == 0.95 ? 1.644854 : 2.326348;
    for (int run = 0; run < kRuns; ++run) {
      std::vector<double> values;
      for (int i = 0; i < kAnswers; ++i)
        values.push_back(std::exp(kSigma * synthetic::Normal(rng)));
      const QuantileEstimate found = OfValues(values).Quantile(quantile);
      mean_error += found.log_se / kRuns;
      held += std::abs(std::log(found.seconds) - kSigma * z) < 1.96 * found.log_se;
    }
    const double theory = kSigma * std::sqrt(quantile * (1 - quantile) / kAnswers) / density;
    CHECK(mean_error == Approx(theory).epsilon(0.05));
    CHECK(held >= 0.90 * kRuns);  // 95 % by design: 190 +- 3
  }
}

TEST_CASE("what a source that waits has left out is made up as HdrHistogram does") {
  // One stall of 100 s among 10,000 answers of 1 ms each, one asked every 10 ms: the example of
  // HdrHistogram's documentation in buckets of a tenth of a percent. Made up: 99.99, 99.98, ...,
  // 0.01 s, 9,999 of them.
  const auto bucket = [](double value, double count) {
    return LatencyBucket{value / 1.0005, value * 1.0005, count};
  };
  const LatencyHistogram raw = Of({bucket(0.001, 10000), bucket(100, 1)});
  const LatencyHistogram corrected = raw.CorrectedFor(0.01);
  CHECK(corrected.answers() == Approx(20000).margin(1));
  CHECK(raw.Quantile(0.99).seconds == Approx(0.001).epsilon(0.01));
  // Half of all are the short ones; of the rest half took less than 50 s.
  CHECK(corrected.Quantile(0.5).seconds == Approx(0.001).epsilon(0.01));
  CHECK(corrected.Quantile(0.75).seconds == Approx(50).epsilon(0.02));
  CHECK(corrected.Quantile(0.99).seconds == Approx(98).epsilon(0.02));
  // What is made up makes nothing surer.
  CHECK(corrected.Quantile(0.75).log_se > 0.5 * std::sqrt(0.75 * 0.25 / 10001) / 0.25);
}

TEST_CASE("a correction counts one by one what was left out") {
  const LatencyHistogram corrected =
      Of({{1.0499, 1.0501, 3}, {0.36999, 0.37001, 5}, {0.1, 0.15, 7}}).CorrectedFor(0.1);
  // 1.05 s: 0.95 ... 0.15, nine each of three; 0.37 s: 0.27 and 0.17, two each of five.
  CHECK(corrected.answers() == Approx(15 + 9 * 3 + 2 * 5));
  double upper = 0;
  for (const LatencyBucket& bucket : corrected.buckets()) {
    if (bucket.low_s >= 0.40) upper += bucket.count;
  }
  CHECK(upper == Approx(3 + 6 * 3));  // 1.05, 0.95, ..., 0.45
  CHECK(Of({{0.01, 0.02, 4}}).CorrectedFor(0).answers() == 4);
}

// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "storage/model/latency.h"

namespace seep::analysis {
namespace {

using model::LatencyBucket;

constexpr double kDeviate95 = 1.96;

// Sources leave out empty buckets; what is made up may fall into them. None is wider than a tenth.
std::vector<LatencyBucket> WithEmptyOnes(const std::vector<LatencyBucket>& buckets, double from_s) {
  constexpr double kWidth = 1.1;
  std::vector<LatencyBucket> all;
  double end_s = from_s;
  for (const LatencyBucket& bucket : buckets) {
    while (end_s < bucket.low_s) {
      const double high_s = std::min(end_s * kWidth, bucket.low_s);
      all.push_back({end_s, high_s, 0});
      end_s = high_s;
    }
    all.push_back(bucket);
    end_s = std::max(end_s, bucket.high_s);
  }
  return all;
}

double MiddleOf(const LatencyBucket& bucket) {
  if (std::isinf(bucket.high_s)) return bucket.low_s;
  return bucket.low_s > 0 ? std::sqrt(bucket.low_s * bucket.high_s) : bucket.high_s / 2;
}

}  // namespace

LatencyHistogram::LatencyHistogram(std::vector<LatencyBucket> buckets)
    : buckets_(model::MergeLatency(std::move(buckets))) {
  for (const LatencyBucket& bucket : buckets_) measured_ += bucket.count;
  answers_ = measured_;
}

const LatencyBucket& LatencyHistogram::BucketOf(double probability) const {
  double left = probability * answers_;
  auto bucket = buckets_.begin();
  for (; bucket + 1 != buckets_.end() && bucket->count < left; ++bucket) left -= bucket->count;
  return *bucket;
}

QuantileEstimate LatencyHistogram::Quantile(double probability) const {
  const auto value = [this](double share) {
    return model::LatencyQuantile(buckets_, std::clamp(share, 0.0, 1.0)).value_or(0);
  };
  const LatencyBucket& bucket = BucketOf(probability);
  QuantileEstimate quantile;
  quantile.seconds = value(probability);
  quantile.is_open = std::isinf(bucket.high_s);
  quantile.bucket_share = bucket.count / answers_;
  quantile.bucket_log = bucket.low_s > 0 ? std::log(bucket.high_s / bucket.low_s)
                                         : std::numeric_limits<double>::infinity();
  const double reach = kDeviate95 * std::sqrt(probability * (1 - probability) / measured_);
  const double low = value(probability - reach);
  const double high = value(probability + reach);
  quantile.log_se = low > 0 && high > low ? std::log(high / low) / (2 * kDeviate95) : 0;
  return quantile;
}

LatencyHistogram LatencyHistogram::CorrectedFor(double interval_s) const {
  LatencyHistogram corrected = *this;
  if (!(interval_s > 0)) return corrected;
  corrected.buckets_ = WithEmptyOnes(
      buckets_,
      std::min(interval_s, buckets_.front().low_s > 0 ? buckets_.front().low_s : interval_s));
  for (const LatencyBucket& slow : buckets_) {
    const double value = MiddleOf(slow);
    // Answers of `slow` and its copies that are at or above a time, without itself.
    const auto copies_from = [&](double seconds) {
      return std::max(0.0, std::floor((value - std::max(seconds, interval_s)) / interval_s + 1e-9));
    };
    if (copies_from(0) == 0) continue;
    for (LatencyBucket& bucket : corrected.buckets_) {
      if (bucket.low_s >= value) break;
      const double made_up = slow.count * (copies_from(bucket.low_s) - copies_from(bucket.high_s));
      bucket.count += made_up;
      corrected.answers_ += made_up;
    }
  }
  std::erase_if(corrected.buckets_, [](const LatencyBucket& one) { return !(one.count > 0); });
  return corrected;
}

}  // namespace seep::analysis

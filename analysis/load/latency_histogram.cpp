// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/latency_histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seep::analysis {
namespace {

using model::LatencyBucket;

constexpr double kDeviate95 = 1.96;
constexpr double kLeast =
    1e-3;  // of the first bucket, which begins at 0: it has no logarithm there

bool IsBucket(const LatencyBucket& bucket) {
  return bucket.low_s >= 0 && std::isfinite(bucket.low_s) && bucket.high_s > bucket.low_s &&
         bucket.count > 0 && std::isfinite(bucket.count);
}

// Share of a bucket's answers below `seconds`.
double ShareBelow(const LatencyBucket& bucket, double seconds) {
  if (seconds <= bucket.low_s) return 0;
  if (seconds >= bucket.high_s) return 1;
  if (std::isinf(bucket.high_s)) return 1;  // all of them at its begin
  if (bucket.low_s == 0) return seconds / bucket.high_s;
  return std::log(seconds / bucket.low_s) / std::log(bucket.high_s / bucket.low_s);
}

bool HasOverlap(const std::vector<LatencyBucket>& buckets) {
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].low_s < buckets[i - 1].high_s) return true;
  }
  return false;
}

// Where buckets begin and end; of very many, edges a hundredth apart in their place.
std::vector<double> EdgesOf(const std::vector<LatencyBucket>& buckets) {
  constexpr size_t kMost = 1000;
  constexpr double kStep = 1.01;
  std::vector<double> edges;
  for (const LatencyBucket& bucket : buckets) {
    edges.push_back(bucket.low_s);
    edges.push_back(bucket.high_s);
  }
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  if (edges.size() <= kMost) return edges;
  std::vector<double> thinned;
  for (const double edge : edges) {
    const bool is_far = thinned.empty() || edge > kStep * thinned.back();
    if (is_far) thinned.push_back(edge);
  }
  if (thinned.back() < edges.back()) thinned.push_back(edges.back());
  return thinned;
}

// Cuts all buckets at all edges.
std::vector<LatencyBucket> WithoutOverlap(const std::vector<LatencyBucket>& buckets) {
  const std::vector<double> edges = EdgesOf(buckets);
  std::vector<LatencyBucket> cut;
  for (size_t i = 0; i + 1 < edges.size(); ++i) cut.push_back({edges[i], edges[i + 1], 0});
  for (const LatencyBucket& bucket : buckets) {
    auto piece =
        std::upper_bound(cut.begin(), cut.end(), bucket.low_s,
                         [](double low_s, const LatencyBucket& one) { return low_s < one.high_s; });
    for (; piece != cut.end() && piece->low_s < bucket.high_s; ++piece) {
      piece->count +=
          bucket.count * (ShareBelow(bucket, piece->high_s) - ShareBelow(bucket, piece->low_s));
    }
  }
  std::erase_if(cut, [](const LatencyBucket& bucket) { return !(bucket.count > 0); });
  return cut;
}

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

LatencyHistogram::LatencyHistogram(std::vector<LatencyBucket> buckets) {
  std::erase_if(buckets, [](const LatencyBucket& bucket) { return !IsBucket(bucket); });
  std::sort(buckets.begin(), buckets.end(), [](const auto& a, const auto& b) {
    return a.low_s != b.low_s ? a.low_s < b.low_s : a.high_s < b.high_s;
  });
  for (const LatencyBucket& bucket : buckets) {
    measured_ += bucket.count;
    const bool is_same = !buckets_.empty() && buckets_.back().low_s == bucket.low_s &&
                         buckets_.back().high_s == bucket.high_s;
    if (is_same) {
      buckets_.back().count += bucket.count;
    } else {
      buckets_.push_back(bucket);
    }
  }
  answers_ = measured_;
  if (HasOverlap(buckets_)) buckets_ = WithoutOverlap(buckets_);
}

std::vector<LatencyBucket>::const_iterator LatencyHistogram::BucketOf(double rank,
                                                                      double* before) const {
  *before = 0;
  auto bucket = buckets_.begin();
  for (; bucket + 1 != buckets_.end() && *before + bucket->count < rank; ++bucket) {
    *before += bucket->count;
  }
  return bucket;
}

double LatencyHistogram::Value(double rank) const {
  double before = 0;
  const auto bucket = BucketOf(rank, &before);
  if (std::isinf(bucket->high_s)) return bucket->low_s;
  const double share = std::clamp((rank - before) / bucket->count, 0.0, 1.0);
  if (bucket->low_s == 0) return bucket->high_s * std::max(share, kLeast);
  return bucket->low_s * std::pow(bucket->high_s / bucket->low_s, share);
}

LatencyQuantile LatencyHistogram::Quantile(double probability) const {
  double before = 0;
  const auto bucket = BucketOf(probability * answers_, &before);
  LatencyQuantile quantile;
  quantile.seconds = Value(probability * answers_);
  quantile.is_open = std::isinf(bucket->high_s);
  quantile.bucket_share = bucket->count / answers_;
  quantile.bucket_log = bucket->low_s > 0 ? std::log(bucket->high_s / bucket->low_s)
                                          : std::numeric_limits<double>::infinity();
  const double reach = kDeviate95 * std::sqrt(probability * (1 - probability) / measured_);
  const double low = Value(std::max(probability - reach, 0.0) * answers_);
  const double high = Value(std::min(probability + reach, 1.0) * answers_);
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

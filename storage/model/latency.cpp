// SPDX-License-Identifier: Apache-2.0
#include "storage/model/latency.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>

namespace seep::model {
namespace {

bool IsBucket(const LatencyBucket& bucket) {
  return std::isfinite(bucket.low_s) && bucket.low_s >= 0 && bucket.high_s >= bucket.low_s &&
         std::isfinite(bucket.count) && bucket.count > 0;
}

bool IsBefore(const LatencyBucket& a, const LatencyBucket& b) {
  return std::pair(a.low_s, a.high_s) < std::pair(b.low_s, b.high_s);
}

// Two quantiles that a tool prints may be one and the same time: a bucket as narrow as their
// digits.
LatencyBucket WithWidth(const LatencyBucket& bucket) {
  constexpr double kDigits = 1.0005;
  constexpr double kShortest_s = 1e-6;
  if (bucket.high_s > bucket.low_s) return bucket;
  if (bucket.low_s < kShortest_s) return {0, kShortest_s, bucket.count};
  return {bucket.low_s / kDigits, bucket.high_s * kDigits, bucket.count};
}

// Sorted: those of the same edges become one. True: none of the rest overlap.
bool JoinSame(std::vector<LatencyBucket>& buckets) {
  std::vector<LatencyBucket> joined;
  bool is_disjoint = true;
  for (const LatencyBucket& bucket : buckets) {
    const bool is_same = !joined.empty() && joined.back().low_s == bucket.low_s &&
                         joined.back().high_s == bucket.high_s;
    if (is_same) {
      joined.back().count += bucket.count;
      continue;
    }
    is_disjoint = is_disjoint && (joined.empty() || joined.back().high_s <= bucket.low_s);
    joined.push_back(bucket);
  }
  buckets = std::move(joined);
  return is_disjoint;
}

// Where buckets begin and end; of very many, edges a hundredth apart in their place.
std::vector<double> EdgesOf(const std::vector<LatencyBucket>& buckets) {
  constexpr size_t kMost = 2000;
  constexpr double kStep = 1.01;
  std::vector<double> edges;
  for (const LatencyBucket& bucket : buckets) {
    edges.push_back(bucket.low_s);
    edges.push_back(bucket.high_s);
  }
  std::ranges::sort(edges);
  edges.erase(std::ranges::unique(edges).begin(), edges.end());
  if (edges.size() <= kMost) return edges;
  std::vector<double> thinned;
  for (const double edge : edges) {
    if (thinned.empty() || edge > kStep * thinned.back()) thinned.push_back(edge);
  }
  if (thinned.back() < edges.back()) thinned.push_back(edges.back());
  return thinned;
}

// Share of a bucket's answers below `seconds`. An open end keeps all it has in its last part:
// nobody knows how far it reaches.
double ShareBelow(const LatencyBucket& bucket, double seconds) {
  if (seconds <= bucket.low_s) return 0;
  if (seconds >= bucket.high_s) return 1;
  if (std::isinf(bucket.high_s)) return 0;
  if (bucket.low_s == 0) return seconds / bucket.high_s;
  return std::log(seconds / bucket.low_s) / std::log(bucket.high_s / bucket.low_s);
}

// The other way round: the time below which that share of its answers is.
double TimeAt(const LatencyBucket& bucket, double share) {
  constexpr double kLeast = 1e-3;  // of a bucket that begins at 0: no answer takes no time
  if (std::isinf(bucket.high_s)) return bucket.low_s;
  if (bucket.low_s == 0) return bucket.high_s * std::max(share, kLeast);
  return bucket.low_s * std::pow(bucket.high_s / bucket.low_s, share);
}

}  // namespace

std::optional<double> LatencyQuantile(const std::vector<LatencyBucket>& latency, double share) {
  double all = 0;
  for (const LatencyBucket& bucket : latency) all += bucket.count;
  if (!(all > 0)) return std::nullopt;
  double left = share * all;
  for (const LatencyBucket& bucket : latency) {
    if (left <= bucket.count || &bucket == &latency.back()) {
      return TimeAt(bucket, bucket.count > 0 ? std::clamp(left / bucket.count, 0.0, 1.0) : 0);
    }
    left -= bucket.count;
  }
  return std::nullopt;
}

std::vector<LatencyBucket> MergeLatency(std::vector<LatencyBucket> buckets) {
  std::erase_if(buckets, [](const LatencyBucket& bucket) { return !IsBucket(bucket); });
  std::ranges::transform(buckets, buckets.begin(), &WithWidth);
  std::ranges::sort(buckets, IsBefore);
  if (JoinSame(buckets)) return buckets;
  const std::vector<double> edges = EdgesOf(buckets);
  std::vector<LatencyBucket> merged;
  for (size_t i = 0; i + 1 < edges.size(); ++i) merged.push_back({edges[i], edges[i + 1], 0});
  for (const LatencyBucket& bucket : buckets) {
    auto part = std::ranges::upper_bound(merged, bucket.low_s, {}, &LatencyBucket::high_s);
    for (; part != merged.end() && part->low_s < bucket.high_s; ++part) {
      part->count +=
          bucket.count * (ShareBelow(bucket, part->high_s) - ShareBelow(bucket, part->low_s));
    }
  }
  std::erase_if(merged, [](const LatencyBucket& bucket) { return !(bucket.count > 0); });
  return merged;
}

std::vector<LatencyBucket> CoarsenLatency(std::vector<LatencyBucket> latency, size_t most) {
  while (latency.size() > most) {
    // One sweep puts together every pair below a bar that enough of them are below.
    std::vector<double> pairs;
    for (size_t i = 0; i + 1 < latency.size(); i += 2) {
      pairs.push_back(latency[i].count + latency[i + 1].count);
    }
    const size_t wanted = std::min(latency.size() - most, pairs.size());
    std::ranges::nth_element(pairs, pairs.begin() + static_cast<ptrdiff_t>(wanted) - 1);
    const double bar = pairs[wanted - 1];
    size_t joined = 0;
    std::vector<LatencyBucket> coarse;
    for (size_t i = 0; i < latency.size(); ++i) {
      const bool is_pair = i % 2 == 0 && i + 1 < latency.size();
      if (is_pair && joined < wanted && latency[i].count + latency[i + 1].count <= bar) {
        coarse.push_back(
            {latency[i].low_s, latency[i + 1].high_s, latency[i].count + latency[i + 1].count});
        ++joined;
        ++i;
        continue;
      }
      coarse.push_back(latency[i]);
    }
    latency = std::move(coarse);
  }
  return latency;
}

double LatencyEdge(int cell) {
  static constexpr std::array<double, 13> kPowers{1,   1e1, 1e2, 1e3,  1e4,  1e5, 1e6,
                                                  1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
  // One correctly rounded division: an edge that a tool writes as 0.005 is the same number here.
  return (100 + cell % 900) * kPowers.at(static_cast<size_t>(cell / 900)) / 1e8;
}

int LatencyCell(double seconds) {
  if (!(seconds > LatencyEdge(0))) return 0;
  if (seconds >= LatencyEdge(kLatencyCells)) return kLatencyCells - 1;
  const double digits = std::floor(std::log10(seconds * 1e6));
  const int decade = std::clamp(static_cast<int>(digits), 0, 11);
  const auto mantissa = static_cast<int>(seconds * 1e8 / std::pow(10.0, decade));
  int cell = std::clamp(decade * 900 + mantissa - 100, 0, kLatencyCells - 1);
  // Logarithms and powers round.
  while (cell > 0 && seconds < LatencyEdge(cell)) --cell;
  while (cell + 1 < kLatencyCells && seconds >= LatencyEdge(cell + 1)) ++cell;
  return cell;
}

}  // namespace seep::model

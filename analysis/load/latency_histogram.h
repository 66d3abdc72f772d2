// SPDX-License-Identifier: Apache-2.0
// Times to answer, counted in buckets: quantiles, how sure they are, and what a source that waits
// for its answers has left out.
#pragma once

#include <vector>

#include "storage/model/load.h"

namespace seep::analysis {

// A quantile of the answers and how well it is known.
struct QuantileEstimate {
  double seconds = 0;
  // Standard error of its logarithm: the distance of the logarithms of the order statistics
  // n q +- 1.96 sqrt(n q (1 - q)), over 3.92 (analysis.md 2.9; Conover 1999, 3.2).
  double log_se = 0;
  double bucket_share = 0;  // of all answers that are in its bucket
  double bucket_log = 0;    // ln(high / low) of it; infinity when it begins at 0
  bool is_open = false;     // it lies in the last bucket, which has no end: `seconds` is where it
                            // begins, as in Prometheus
};

// Does not change once made.
class LatencyHistogram {
 public:
  // Of any buckets, those of several windows together, put together by model::MergeLatency.
  explicit LatencyHistogram(std::vector<model::LatencyBucket> buckets);

  double answers() const { return answers_; }
  // Ascending, without overlap.
  const std::vector<model::LatencyBucket>& buckets() const { return buckets_; }

  // model::LatencyQuantile and how well it is known. `probability` 0-1, exclusive; there are
  // answers.
  QuantileEstimate Quantile(double probability) const;

  // With what a source that asks one after the other has left out: for an answer after v seconds
  // also one each for v - i, v - 2 i, ... >= i (i: `interval_s`), as HdrHistogram's
  // copyCorrectedForCoordinatedOmission. v is the geometric middle of its bucket. Answers that were
  // made up add nothing to how sure a quantile is: the errors stay those of what was measured.
  LatencyHistogram CorrectedFor(double interval_s) const;

 private:
  const model::LatencyBucket& BucketOf(double probability) const;

  std::vector<model::LatencyBucket> buckets_;
  double answers_ = 0;
  double measured_ = 0;  // answers that were not made up
};

}  // namespace seep::analysis

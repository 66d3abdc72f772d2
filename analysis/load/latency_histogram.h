// SPDX-License-Identifier: Apache-2.0
// Times to answer, counted in buckets: quantiles, how sure they are, and what a source that waits
// for its answers has left out.
#pragma once

#include <vector>

#include "storage/model/load.h"

namespace seep::analysis {

// A quantile of the answers and how well it is known.
struct LatencyQuantile {
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
  // Of any buckets, those of several windows together. What is no bucket (no numbers, empty,
  // negative) is left out. They may overlap, as those of quantiles that a tool prints do.
  explicit LatencyHistogram(std::vector<model::LatencyBucket> buckets);

  double answers() const { return answers_; }
  // Ascending, without overlap: where buckets overlap, a count is shared out over its bucket as
  // Quantile does.
  const std::vector<model::LatencyBucket>& buckets() const { return buckets_; }

  // `probability` 0-1, exclusive; there are answers. Within a bucket answers are spread evenly over
  // the logarithm of time, in one that begins at 0 over time: Prometheus' histogram_quantile has
  // the first for its native histograms and the second for all classic ones. Times to answer have
  // long tails, so that the straight line would put most answers of a wide bucket too high.
  LatencyQuantile Quantile(double probability) const;

  // With what a source that asks one after the other has left out: for an answer after v seconds
  // also one each for v - i, v - 2 i, ... >= i (i: `interval_s`), as HdrHistogram's
  // copyCorrectedForCoordinatedOmission. v is the geometric middle of its bucket. Answers that were
  // made up add nothing to how sure a quantile is: the errors stay those of what was measured.
  LatencyHistogram CorrectedFor(double interval_s) const;

 private:
  double Value(double rank) const;  // the time that so many answers, 0-answers_, took at most
  std::vector<model::LatencyBucket>::const_iterator BucketOf(double rank, double* before) const;

  std::vector<model::LatencyBucket> buckets_;
  double answers_ = 0;
  double measured_ = 0;  // answers that were not made up
};

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// Series of latency and throughput as a trend test takes them: relative to their middle value, in
// windows with enough answers, with what counting leaves uncertain.
#pragma once

#include <string>
#include <vector>

#include "analysis/load/load_source.h"
#include "storage/model/series.h"

namespace seep::analysis {

struct LoadPoints {
  // 1 + ln(value / middle): a rise of 0.05 is 5 %. Of throughput the value is its inverse, the time
  // per answer, so that worse is always higher.
  std::vector<model::Point> points{};
  double middle = 0;      // seconds, or answers a second
  double log_se = 0;      // of one value, by counting alone: median
  double bucket_log = 0;  // width of the buckets where each holds nearly all answers; else 0
  double merged = 0;      // values; more of `points` are alike where windows were merged for long
  std::string shortage;   // why there is too little to judge; empty: enough
};

// `quantile` 0-1, of windows that are merged until they have 100 / (1 - quantile) answers (p99:
// 10,000). A hole of three windows ends a merged one. A merged window that is longer than usual (a
// quiet night) stands for its time: its value is there once for each usual length, so that only
// missing windows are holes. Too little: fewer than 12 merged windows; a quantile in the last, open
// bucket in a tenth of them; more than 9 of 10 answers in one bucket that is wider than
// `resolution` (log), unless they end two such buckets further up.
LoadPoints QuantilePoints(const LoadSeries& series, double quantile, double resolution);

// Answers a second, in windows of 100 answers and more.
LoadPoints ThroughputPoints(const LoadSeries& series);

}  // namespace seep::analysis

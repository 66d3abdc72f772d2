// SPDX-License-Identifier: Apache-2.0
// Do answers take longer, or become fewer, under the same load? One series of the load judged as
// any other series (series/trend.h), on the logarithm (docs/analysis.md, Load).
#pragma once

#include <vector>

#include "analysis/load/load_source.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// A series of the load and what of it matters.
struct DriftMetric {
  const char* metric;
  double quantile;       // 0-1 of the answers
  double least_per_day;  // share: less is no drift
};
inline constexpr DriftMetric kLatencies[] = {{model::metric::kLatencyP50, 0.5, 0.05},
                                             {model::metric::kLatencyP95, 0.95, 0.1},
                                             {model::metric::kLatencyP99, 0.99, 0.1}};

// The rise that matters over the time that is judged: `per_day` in 24 h, and as much in all of a
// run that is shorter, as a share of a share is noise.
double LeastRise(double per_day, double judged_s);

// What may explain a series of `source`: its users or connections where they are told (a source
// that waits for its answers asks less when they come late, so that its rate would explain the
// drift away), else its rate. Constant: nothing is to be explained.
struct OfferedLoad {
  std::vector<model::Point> points;
  bool is_concurrency = false;
  bool is_constant = false;  // concurrency that stays within 5 %
};
OfferedLoad OfferedLoadOf(const LoadSeries& all_together);

// An element of Verdict::series whose class is kDrift when it drifts, without regard to how many
// are judged beside it.
model::SeriesVerdict JudgeLatency(const LoadSeries& series, const DriftMetric& metric,
                                  const OfferedLoad& load);

// Of all operations together. Informational unless the offered load is known to be constant: who
// asks less is answered less.
model::SeriesVerdict JudgeThroughput(const LoadSeries& series, const OfferedLoad& load);

}  // namespace seep::analysis

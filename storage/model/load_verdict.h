// SPDX-License-Identifier: Apache-2.0
// What the analysis says of the load of a run: what was asked, how it was answered, what drifts.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace seep::model {

// Metrics of a drift series. Names are stable: keys in reports.
namespace metric {
inline constexpr char kLatencyP50[] = "latency_p50";  // seconds
inline constexpr char kLatencyP95[] = "latency_p95";
inline constexpr char kLatencyP99[] = "latency_p99";
inline constexpr char kThroughput[] = "throughput";  // answers a second
inline constexpr char kErrorRate[] = "error_rate";   // share of the answers, 0-1
}  // namespace metric

// What a drift series has beyond a series of a process. Shares: 0.12 is 12 % more in a day at the
// present rate, with its 95 % interval; of the error rate a share of all answers, added.
struct DriftFigures {
  std::string source;
  std::string operation;  // empty: all of them together
  double change_per_day = 0;
  double change_low = 0;
  double change_high = 0;
  double change_seen = 0;  // since it began, by the fitted line
  double from = 0;         // level at the begin and the end of what drifts, in the series' unit
  double to = 0;
  double p_value = 1;  // one-sided, of no drift
};

// Half, 95 % and 99 % of the answers took at most so many seconds; NaN: not known.
struct LatencyQuantiles {
  double p50_s = std::numeric_limits<double>::quiet_NaN();
  double p95_s = std::numeric_limits<double>::quiet_NaN();
  double p99_s = std::numeric_limits<double>::quiet_NaN();
};

// One operation as one source tells it, over the whole run.
struct OperationStanding {
  std::string source;
  std::string operation;  // empty: all of them together
  double begin_s = 0;     // of its first window, end of its last
  double end_s = 0;
  double requests = 0;
  double errors = 0;
  double requests_per_s = 0;
  double least_per_s = 0;  // tenths of the windows had less, or more
  double most_per_s = 0;
  std::optional<double> concurrency{};  // mean; absent: not told
  LatencyQuantiles measured{};
  // Made up for coordinated omission; absent where no interval was told. Judged in their place.
  std::optional<LatencyQuantiles> corrected{};
};

struct LoadVerdict {
  std::string covariate_source;  // whose rate explains the series of processes; empty: none
  std::vector<OperationStanding> operations{};  // of a source all together first, then by requests
};

}  // namespace seep::model

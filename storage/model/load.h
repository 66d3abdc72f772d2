// SPDX-License-Identifier: Apache-2.0
// What a service was asked to do, and how it answered: throughput, errors and times to answer, as
// its own endpoint or a load tool tells them.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace seep::model {

// So many answers took between `low_s` and `high_s` seconds. Counts of quantiles that a tool prints
// are shares of its answers, hence not whole.
struct LatencyBucket {
  double low_s = 0;
  double high_s = 0;  // infinity: an open end
  double count = 0;
};

// One operation in one window of time, as one source tells it.
struct LoadWindow {
  double begin_s = 0;  // since the start of the run
  double end_s = 0;
  std::string source;     // "http://127.0.0.1:9100/metrics", "k6-json:/var/log/k6.json"
  std::string operation;  // empty: all of them together
  double requests = 0;    // that were answered, well or not
  double errors = 0;      // of these
  std::optional<double> concurrency{};  // users or connections that ask; absent: not told
  // Of a source that asks one after the other: it would have asked so often, had the answers come
  // in time (coordinated omission); 0: not known.
  double expected_interval_s = 0;
  std::vector<LatencyBucket> latency{};  // ascending, without overlap; empty: not told
};

}  // namespace seep::model

// SPDX-License-Identifier: Apache-2.0
// What a target uses beside memory: which of it grows, of which kind the descriptors are, when a
// limit is reached. Counters are judged by their rate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/series/trend.h"
#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// A resource whose growth is a finding.
struct GrowingResource {
  std::string metric;
  std::string unit;
  Trend trend;
  std::optional<model::Forecast> forecast;  // nothing: without a limit
  std::string limit_words;                  // what the limit is of: "descriptors"
};

// A kind of descriptors and its share of the growth of all.
struct GrowingKind {
  std::string words;  // "sockets in CLOSE_WAIT"
  double slope_per_s = 0;
  double share = 0;
};

struct ResourceFindings {
  std::vector<GrowingResource> growing;  // what hurts first comes first
  std::vector<GrowingKind> kinds;        // when descriptors grow; those with a tenth of the growth
  std::vector<model::SeriesVerdict> series;
};

// `fds`, `threads`: as judged already. `load`: as of EstimateTrend.
ResourceFindings JudgeResources(const model::RunData& data, const model::Target& target,
                                const Window& life, const Trend& fds, const Trend& threads,
                                const std::vector<model::Point>& load = {});

}  // namespace seep::analysis

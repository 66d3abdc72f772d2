// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/load_features.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "analysis/load/load_source.h"
#include "analysis/stats/robust.h"
#include "storage/model/latency.h"

namespace seep::analysis {
namespace {

constexpr double kSlower = 2;  // than usual: disturbed
constexpr double kLeastErrors = 0.01;

// All operations together, as `source` tells them; of any source when that is empty.
const model::OperationStanding* FindOverall(const model::LoadVerdict& load,
                                            const std::string& source, bool needs_times) {
  for (const model::OperationStanding& operation : load.operations) {
    if (!operation.operation.empty()) continue;
    if (!source.empty() && operation.source != source) continue;
    if (needs_times && !std::isfinite(operation.measured.p50_s)) continue;
    return &operation;
  }
  return nullptr;
}

std::optional<double> Recovery_s(const LoadSeries& series) {
  std::vector<double> slow;
  double requests = 0;
  double errors = 0;
  for (const model::LoadWindow* window : series.windows) {
    if (const auto p95_s = model::LatencyQuantile(window->latency, 0.95)) slow.push_back(*p95_s);
    requests += window->requests;
    errors += window->errors;
  }
  if (series.windows.empty() || !(requests > 0)) return std::nullopt;
  const double usual_s = Median(slow);
  const double usual_errors = errors / requests;
  double longest_s = 0;
  std::optional<double> since_s;
  for (const model::LoadWindow* window : series.windows) {
    const auto p95_s = model::LatencyQuantile(window->latency, 0.95);
    const double error_share = window->requests > 0 ? window->errors / window->requests : 0;
    const bool is_disturbed = (p95_s && *p95_s > kSlower * usual_s) ||
                              error_share > std::max(kLeastErrors, kSlower * usual_errors);
    if (!is_disturbed) {
      since_s.reset();
      continue;
    }
    if (!since_s) since_s = window->begin_s;
    longest_s = std::max(longest_s, window->end_s - *since_s);
  }
  return longest_s;
}

}  // namespace

std::vector<model::RunFeature> MeasureLoad(const model::RunData& data,
                                           const model::LoadVerdict& load) {
  std::vector<model::RunFeature> features;
  if (const auto* all = FindOverall(load, load.covariate_source, /*needs_times=*/false)) {
    features.push_back({"load.throughput", "1/s", all->requests_per_s, 0});
    if (all->requests > 0) {
      const double share = all->errors / all->requests;
      features.push_back(
          {"load.error_rate", "share", share, std::sqrt(share * (1 - share) / all->requests)});
    }
  }
  const auto* timed = FindOverall(load, load.covariate_source, /*needs_times=*/true);
  if (timed == nullptr) timed = FindOverall(load, "", /*needs_times=*/true);
  if (timed == nullptr) return features;
  const model::LatencyQuantiles& latency = timed->corrected ? *timed->corrected : timed->measured;
  features.push_back({"latency.p50", "seconds", latency.p50_s, 0});
  features.push_back({"latency.p95", "seconds", latency.p95_s, 0});
  features.push_back({"latency.p99", "seconds", latency.p99_s, 0});
  for (const LoadSeries& series : SplitLoad(data.load)) {
    if (series.source != timed->source || !series.operation.empty()) continue;
    if (const auto recovery_s = Recovery_s(series)) {
      features.push_back({"latency.recovery", "seconds", *recovery_s, 0});
    }
  }
  return features;
}

}  // namespace seep::analysis

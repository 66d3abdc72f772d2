// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/policy_keys.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "analysis/regression/feature_kinds.h"
#include "storage/model/load_verdict.h"
#include "storage/model/series.h"

namespace seep::agent {
namespace {

using enum Bound;

constexpr auto kLimitKeys = std::to_array<LimitKey>({
    {"rss", "rss_swap.level", kMost},
    {"peak_rss", "rss_swap.max", kMost},
    {"rss_growth_per_hour", "rss_swap.slope", kMost},
    {"rss_growth_per_million_requests", "rss_swap.slope_per_million_requests", kMost},
    {"heap", "heap_live.level", kMost},
    {"peak_heap", "heap_live.max", kMost},
    {"heap_growth_per_hour", "heap_live.slope", kMost},
    {"heap_growth_per_million_requests", "heap_live.slope_per_million_requests", kMost},
    {"mapped", "mapped_live.level", kMost},
    {"fds", "fds.max", kMost},
    {"fds_growth_per_hour", "fds.slope", kMost},
    {"threads", "threads.max", kMost},
    {"threads_growth_per_hour", "threads.slope", kMost},
    {"mappings", "mappings.level", kMost},
    {"zombies", "zombies.level", kMost},
    {"p50", "latency.p50", kMost},
    {"p95", "latency.p95", kMost},
    {"p99", "latency.p99", kMost},
    {"recovery", "latency.recovery", kMost},
    {"error_rate", "load.error_rate", kMost},
    {"throughput_min", "load.throughput", kLeast},
    {"cpu", "cpu.rate", kMost},
    {"cpu_per_request", "cpu.per_request", kMost},
    {"bytes_per_request", "heap_alloc.bytes_per_request", kMost},
    {"allocations_per_request", "heap_alloc.objects_per_request", kMost},
});

constexpr auto kRelativeKeys = std::to_array<LimitKey>({
    {"memory_growth", "rss_swap.level", kMostChange},
    {"peak_rss", "rss_swap.peak", kMostChange},
    {"heap", "heap_live.level", kMostChange},
    {"fds", "fds.level", kMostChange},
    {"threads", "threads.level", kMostChange},
    {"response_time", "latency.p95", kMostChange},
    {"p50", "latency.p50", kMostChange},
    {"p99", "latency.p99", kMostChange},
    {"throughput_loss", "load.throughput", kMostChange},
    {"cpu", "cpu.rate", kMostChange},
    {"cpu_per_request", "cpu.per_request", kMostChange},
    {"bytes_per_request", "heap_alloc.bytes_per_request", kMostChange},
    {"allocations_per_request", "heap_alloc.objects_per_request", kMostChange},
});

constexpr const char* kSeries[] = {
    model::metric::kRssSwap,      model::metric::kHeapLive,    model::metric::kMappedLive,
    model::metric::kFds,          model::metric::kThreads,     model::metric::kFdsTcpCloseWait,
    model::metric::kZombies,      model::metric::kMemoryFiles, model::metric::kSysvShm,
    model::metric::kDeletedFiles, model::metric::kMappings,    model::metric::kProcesses,
    model::metric::kLatencyP50,   model::metric::kLatencyP95,  model::metric::kLatencyP99,
    model::metric::kThroughput,   model::metric::kErrorRate};

size_t Distance(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::span<const LimitKey> LimitKeys() {
  return kLimitKeys;
}
std::span<const LimitKey> RelativeKeys() {
  return kRelativeKeys;
}

std::vector<std::string> SuppressibleMetrics() {
  std::vector<std::string> metrics(std::begin(kSeries), std::end(kSeries));
  for (const analysis::FeatureKind& kind : analysis::FeatureKinds())
    metrics.emplace_back(kind.name);
  return metrics;
}

std::string Nearest(std::string_view written, const std::vector<std::string>& known) {
  constexpr size_t kMostCharacters = 64;  // no key of ours is longer
  if (written.size() > kMostCharacters) return {};
  const auto nearest = std::ranges::min_element(
      known, {}, [written](const std::string& one) { return Distance(written, one); });
  if (nearest == known.end() || Distance(written, *nearest) > 1 + written.size() / 3) return {};
  return *nearest;
}

}  // namespace seep::agent

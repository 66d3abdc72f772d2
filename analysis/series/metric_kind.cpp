// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/metric_kind.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seep::analysis {
namespace {

namespace metric = model::metric;

constexpr std::string_view kBytes[] = {
    metric::kRssAnon,    metric::kRssFile, metric::kRssShmem,     metric::kSwap,
    metric::kRssSwap,    metric::kPss,     metric::kHeapLive,     metric::kHeapAlloc,
    metric::kMappedLive, metric::kVmSize,  metric::kDeletedFiles, metric::kMemoryFiles,
    metric::kSysvShm,    metric::kDevShm,  metric::kGroupMemory};

TrendLimits UnknownLimits(const std::vector<model::Point>& points) {
  double most = 0;
  for (const model::Point& point : points) most = std::max(most, std::abs(point.value));
  constexpr double kShare = 0.02;
  constexpr double kNothing = 1e-6;  // of the largest value, where the level is 0
  constexpr double kRounding = 1e-12;
  return {std::max(kNothing * most, std::numeric_limits<double>::min()), kShare, kRounding * most};
}

}  // namespace

MetricKind KindOf(std::string_view name, const std::vector<model::Point>& points) {
  const bool is_ours = std::find(std::begin(kBytes), std::end(kBytes), name) != std::end(kBytes);
  if (is_ours || name.ends_with("bytes")) return {"bytes", BytesLimits()};
  for (const char* count : {metric::kFds, metric::kThreads}) {
    if (name.ends_with(count)) return {count, CountsLimits()};
  }
  if (name.starts_with("fds_")) return {metric::kFds, CountsLimits()};
  for (const char* count : {metric::kMappings, metric::kZombies, metric::kProcesses}) {
    if (name == count) return {count, CountsLimits()};
  }
  return {"", UnknownLimits(points)};
}

std::string MetricInWords(const std::string& metric) {
  const std::pair<const char*, const char*> words[] = {
      {model::metric::kRssSwap, "resident memory"},
      {model::metric::kPss, "memory (PSS)"},
      {model::metric::kHeapLive, "the live heap"},
      {model::metric::kMappedLive, "mapped memory"},
      {model::metric::kFds, "open file descriptors"},
      {model::metric::kThreads, "threads"},
      {model::metric::kMappings, "mappings"},
      {model::metric::kZombies, "zombies"},
      {model::metric::kProcesses, "processes"},
      {model::metric::kFdsTcpCloseWait, "sockets in CLOSE_WAIT"},
      {model::metric::kMemoryFiles, "open files in memory"},
      {model::metric::kSysvShm, "System V shared memory"},
      {model::metric::kDeletedFiles, "open deleted files"}};
  for (const auto& [name, text] : words) {
    if (metric == name) return text;
  }
  return metric;
}

}  // namespace seep::analysis

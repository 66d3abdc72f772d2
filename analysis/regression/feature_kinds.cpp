// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/feature_kinds.h"

#include <algorithm>
#include <array>

namespace seep::analysis {
namespace {

using enum FeatureScale;
using enum WorseWhen;

constexpr double kMiB = 1 << 20;
// Of slopes: the least that part 3 calls growth, 1 MiB or 1 descriptor a day, by the hour.
constexpr double kLeastGrowth = kMiB / 24;
constexpr double kLeastCount = 1.0 / 24;
// analysis.md 2.7.2: heap 2 %, RSS 5 %, latency 10 %. What a request allocates is the program's
// own doing, but for sampling errors, which are known.
constexpr double kHeap = 0.02;
constexpr double kResident = 0.05;
constexpr double kCount = 0.02;
constexpr double kLatency = 0.10;
constexpr double kOfProgram = 0.005;

constexpr auto kKinds = std::to_array<FeatureKind>({
    {"rss_swap.level", "resident memory", "bytes", kRatio, kMore, kResident, 0.03, kMiB, true},
    {"rss_swap.peak", "resident memory, peak", "bytes", kRatio, kMore, kResident, 0.03, kMiB},
    {"rss_swap.max", "resident memory, highest", "bytes", kRatio, kMore, 0, 0, 0, false, false},
    {"rss_swap.warm_up", "resident memory, gained in warm-up", "bytes", kDifference, kMore, kMiB,
     0.10, 2 * kMiB},
    {"rss_swap.slope", "resident memory, growth per hour", "bytes", kDifference, kMore,
     kLeastGrowth, 0, kLeastGrowth},
    {"rss_swap.slope_per_million_requests", "resident memory, growth per million requests", "bytes",
     kDifference, kMore, kMiB, 0, kMiB},
    {"heap_live.level", "live heap", "bytes", kRatio, kMore, kHeap, 0.03, kMiB, true},
    {"heap_live.peak", "live heap, peak", "bytes", kRatio, kMore, kHeap, 0.03, kMiB},
    {"heap_live.max", "live heap, highest", "bytes", kRatio, kMore, 0, 0, 0, false, false},
    {"heap_live.warm_up", "live heap, gained in warm-up", "bytes", kDifference, kMore, kMiB, 0.10,
     2 * kMiB},
    {"heap_live.slope", "live heap, growth per hour", "bytes", kDifference, kMore, kLeastGrowth, 0,
     kLeastGrowth},
    {"heap_live.slope_per_million_requests", "live heap, growth per million requests", "bytes",
     kDifference, kMore, kMiB, 0, kMiB},
    {"heap_live.per_connection", "live heap per connection", "bytes", kRatio, kMore, kHeap, 0.03,
     1024},
    {"heap_alloc.bytes_per_request", "allocated bytes per request", "bytes", kRatio, kMore,
     kOfProgram, 0.03, 16, true},
    {"heap_alloc.objects_per_request", "allocations per request", "blocks", kRatio, kMore,
     kOfProgram, 0.03, 0.01},
    {"mapped_live.level", "mapped memory past the allocator", "bytes", kRatio, kMore, kHeap, 0.03,
     kMiB},
    {"mappings.level", "mappings", "mappings", kRatio, kMore, kCount, 0.05, 8},
    {"mappings.slope", "mappings, growth per hour", "mappings", kDifference, kMore, kLeastCount, 0,
     1},
    {"memory_files.level", "files in memory", "bytes", kDifference, kMore, kMiB, 0.03, kMiB},
    {"deleted_files.level", "deleted files kept open", "bytes", kDifference, kMore, kMiB, 0.03,
     kMiB},
    {"fds.level", "open descriptors", "fds", kRatio, kMore, kCount, 0.03, 3, true},
    {"fds.peak", "open descriptors, peak", "fds", kRatio, kMore, 2 * kCount, 0.05, 3},
    {"fds.max", "open descriptors, highest", "fds", kRatio, kMore, 0, 0, 0, false, false},
    {"fds.slope", "open descriptors, growth per hour", "fds", kDifference, kMore, kLeastCount, 0,
     1},
    {"threads.level", "threads", "threads", kRatio, kMore, kCount, 0.03, 2, true},
    {"threads.peak", "threads, peak", "threads", kRatio, kMore, 2 * kCount, 0.05, 2},
    {"threads.max", "threads, highest", "threads", kRatio, kMore, 0, 0, 0, false, false},
    {"threads.slope", "threads, growth per hour", "threads", kDifference, kMore, kLeastCount, 0, 1},
    {"zombies.level", "zombies", "zombies", kDifference, kMore, 1, 0, 2},
    {"latency.p50", "half of the answers take at most", "seconds", kRatio, kMore, kLatency, 0.05,
     0.0002, true},
    {"latency.p95", "95 % of the answers take at most", "seconds", kRatio, kMore, kLatency, 0.05,
     0.0005},
    {"latency.p99", "99 % of the answers take at most", "seconds", kRatio, kMore, 2 * kLatency,
     0.10, 0.001},
    {"latency.recovery", "longest disturbance", "seconds", kDifference, kMore, 5, 0, 10},
    {"load.throughput", "requests per second", "1/s", kRatio, kLess, kResident, 0.05, 0, true},
    {"load.error_rate", "answers that are errors", "share", kDifference, kMore, 0.0005, 0, 0.001},
    {"cpu.rate", "CPU time", "cores", kRatio, kMore, kLatency, 0.05, 0.02},
    {"cpu.per_request", "CPU time per request", "seconds", kRatio, kMore, kLatency, 0.05, 1e-6},
});

}  // namespace

std::span<const FeatureKind> FeatureKinds() {
  return kKinds;
}

const FeatureKind* FindFeature(std::string_view name) {
  const auto* found = std::ranges::find(kKinds, name, &FeatureKind::name);
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace seep::analysis

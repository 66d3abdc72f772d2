// SPDX-License-Identifier: Apache-2.0
#include "analysis/resources.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/memory/forecast.h"
#include "analysis/series/find_series.h"
#include "analysis/series/rates.h"
#include "analysis/series/series_verdict.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;
using Points = std::vector<model::Point>;

// Of rates and percentages: a tenth of the level, and what is worth a word of each.
TrendLimits RateLimits(double least) {
  return {least, 0.1, least / 1000};
}

enum class Use { kFinding, kInformational, kRate };

struct Resource {
  const char* metric;
  const char* unit;  // of the verdict
  Use use;
  TrendLimits limits;
};

std::vector<Resource> Resources() {
  const TrendLimits bytes = BytesLimits();
  const TrendLimits counts = CountsLimits();
  std::vector<Resource> all{
      {metric::kFdsTcpCloseWait, "fds", Use::kFinding, counts},
      {metric::kZombies, "processes", Use::kFinding, counts},
      {metric::kMemoryFiles, "bytes", Use::kFinding, bytes},
      {metric::kSysvShm, "bytes", Use::kFinding, bytes},
      {metric::kDeletedFiles, "bytes", Use::kFinding, bytes},
      {metric::kMappings, "mappings", Use::kFinding, MappingLimits()},
      {metric::kVmSize, "bytes", Use::kInformational, bytes},
      {metric::kDevShm, "bytes", Use::kInformational, bytes},
  };
  for (const char* name : {metric::kGroupMemory, metric::kGroupAnon, metric::kGroupFile,
                           metric::kGroupKernel, metric::kGroupSock, metric::kGroupShmem}) {
    all.push_back({name, "bytes", Use::kInformational, bytes});
  }
  for (const char* name : {metric::kPsiMemorySome, metric::kPsiMemoryFull, metric::kPsiIoSome,
                           metric::kPsiIoFull, metric::kPsiCpuSome, metric::kPsiCpuFull}) {
    all.push_back({name, "%", Use::kInformational, RateLimits(5)});
  }
  all.push_back({metric::kCpuSeconds, "cores", Use::kRate, RateLimits(0.05)});
  for (const char* name : {metric::kMinorFaults, metric::kMajorFaults}) {
    all.push_back({name, "faults/s", Use::kRate, RateLimits(10)});
  }
  for (const char* name : {metric::kVoluntarySwitches, metric::kInvoluntarySwitches}) {
    all.push_back({name, "switches/s", Use::kRate, RateLimits(10)});
  }
  for (const char* name : {metric::kIoRead, metric::kIoWritten}) {
    all.push_back({name, "bytes/s", Use::kRate, RateLimits(64.0 * 1024)});
  }
  return all;
}

struct Kind {
  const char* metric;
  const char* words;
};
constexpr Kind kKinds[] = {{metric::kFdsFile, "files"},
                           {metric::kFdsDeleted, "deleted files"},
                           {metric::kFdsDirectory, "directories"},
                           {metric::kFdsDevice, "devices"},
                           {metric::kFdsPipe, "pipe ends"},
                           {metric::kFdsEventfd, "eventfds"},
                           {metric::kFdsEpoll, "epoll descriptors"},
                           {metric::kFdsTimerfd, "timerfds"},
                           {metric::kFdsSignalfd, "signalfds"},
                           {metric::kFdsInotify, "inotify descriptors"},
                           {metric::kFdsMemfd, "memfds"},
                           {metric::kFdsIoUring, "io_urings"},
                           {metric::kFdsAnonymous, "anonymous descriptors"},
                           {metric::kFdsTcpEstablished, "TCP connections"},
                           {metric::kFdsTcpCloseWait, "sockets in CLOSE_WAIT"},
                           {metric::kFdsTcpListen, "listening sockets"},
                           {metric::kFdsTcpOpening, "TCP connections that are being opened"},
                           {metric::kFdsTcpClosing, "TCP connections that are being closed"},
                           {metric::kFdsTcpClosed, "closed TCP sockets"},
                           {metric::kFdsUdp, "UDP sockets"},
                           {metric::kFdsUnix, "Unix sockets"},
                           {metric::kFdsNetlink, "netlink sockets"},
                           {metric::kFdsSocket, "sockets without an address"}};

// What a process had none of at first is not in its series until then: it was 0 at the looks
// before.
Points WithZeros(const Points& points, const Points* looks) {
  if (looks == nullptr || points.empty()) return points;
  Points filled;
  for (const model::Point& look : *looks) {
    if (!(look.t_s < points.front().t_s)) break;
    filled.push_back({look.t_s, 0});
  }
  filled.insert(filled.end(), points.begin(), points.end());
  return filled;
}

// Median of the values.
double MiddleOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Most of these series never move: a look at their range says as much as the fits would. Of an
// informational one it is enough that it ends where it began. A hole in it is for the fits to
// judge.
std::optional<Trend> JudgeFlat(const Points& points, const Window& life, const TrendLimits& limits,
                               bool is_finding) {
  Trend trend;
  trend.warmup_end_s = trend.since_s = SeriesBegin(life);
  std::vector<double> values;
  double last_s = 0;
  double longest_s = 0;
  for (const model::Point& point : points) {
    if (point.t_s < trend.since_s || !std::isfinite(point.value)) continue;
    if (values.empty()) trend.usable_s = point.t_s;
    if (!values.empty()) longest_s = std::max(longest_s, point.t_s - last_s);
    last_s = point.t_s;
    values.push_back(point.value);
  }
  trend.points = values.size();
  trend.usable_s = last_s - trend.usable_s;
  if (values.size() < kMinPoints || trend.usable_s < kMinUsable_s ||
      longest_s > kMaxLateGap * trend.usable_s || life.end_s - last_s > longest_s) {
    return std::nullopt;
  }
  trend.level = trend.end_level = MiddleOf(values);
  const double least_rise =
      std::max(limits.least_rise, limits.least_rise_share * std::abs(trend.level));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const auto quarter = static_cast<std::ptrdiff_t>(values.size() / 4);
  const double begin = MiddleOf({values.begin(), values.begin() + quarter});
  const double end = MiddleOf({values.end() - quarter, values.end()});
  const bool is_still = *most - *least < least_rise;
  if (!is_still && (is_finding || std::abs(end - begin) >= least_rise)) return std::nullopt;
  trend.growth_class = model::GrowthClass::kStable;
  trend.explanation = is_still ? "moves by less than matters" : "ends where it began";
  trend.detectable_per_s = least_rise / trend.usable_s;
  return trend;
}

Trend Judge(const Points& points, const Window& life, const TrendLimits& limits, bool is_finding,
            const Points& load) {
  if (auto flat = JudgeFlat(points, life, limits, is_finding)) return *flat;
  return EstimateTrend(points, life, limits, load);
}

struct Limit {
  const char* metric;  // that it limits
  const char* series;  // where it stands
  const char* source;
  const char* words;
};
constexpr Limit kLimits[] = {
    {metric::kFds, metric::kLimitFds, "RLIMIT_NOFILE", "descriptors"},
    {metric::kFdsTcpCloseWait, metric::kLimitFds, "RLIMIT_NOFILE", "descriptors"},
    {metric::kThreads, metric::kLimitThreads, "RLIMIT_NPROC, pids.max or threads-max", "threads"},
    {metric::kZombies, metric::kLimitThreads, "RLIMIT_NPROC, pids.max or threads-max", "processes"},
    {metric::kMappings, metric::kLimitMappings, "vm.max_map_count", "mappings"}};

const Limit* FindLimit(const std::string& name) {
  const auto found = std::find_if(std::begin(kLimits), std::end(kLimits),
                                  [&](const Limit& limit) { return name == limit.metric; });
  return found != std::end(kLimits) ? found : nullptr;
}

void AddGrowing(const model::RunData& data, model::TargetId target, const char* name,
                const char* unit, const Trend& trend, ResourceFindings* findings) {
  if (!model::IsGrowth(trend.growth_class)) return;
  GrowingResource growing{name, unit, trend, {}, {}};
  const Limit* limit = FindLimit(name);
  const Points* points = limit != nullptr ? FindPoints(data, target, limit->series) : nullptr;
  if (points != nullptr && !points->empty() && points->back().value >= 1) {
    growing.forecast =
        ForecastReach(trend, static_cast<uint64_t>(points->back().value), limit->source);
    growing.limit_words = limit->words;
    growing.forecast->metric = name;
    growing.forecast->unit = unit;
  }
  findings->growing.push_back(std::move(growing));
}

void AddSeries(const Trend& trend, const char* name, const char* unit, model::TargetId target,
               bool is_informational, ResourceFindings* findings) {
  findings->series.push_back(ToSeriesVerdict(trend, name, unit));
  findings->series.back().target = target;
  findings->series.back().is_informational = is_informational;
}

void JudgeKinds(const model::RunData& data, model::TargetId target, const Window& life,
                const Trend& fds, const Points* looks, const Points& load,
                ResourceFindings* findings) {
  constexpr double kLeastShare = 0.1;
  for (const Kind& kind : kKinds) {
    const Points* points = FindPoints(data, target, kind.metric);
    if (points == nullptr) continue;
    const Trend trend = Judge(WithZeros(*points, looks), life, CountsLimits(), false, load);
    if (std::string_view(kind.metric) != metric::kFdsTcpCloseWait) {
      AddSeries(trend, kind.metric, "fds", target, true, findings);
    }
    if (!model::IsGrowth(fds.growth_class) || !model::IsGrowth(trend.growth_class)) continue;
    const double share = trend.slope_per_s / fds.slope_per_s;
    if (share >= kLeastShare) findings->kinds.push_back({kind.words, trend.slope_per_s, share});
  }
  std::stable_sort(findings->kinds.begin(), findings->kinds.end(),
                   [](const auto& a, const auto& b) { return a.share > b.share; });
}

}  // namespace

ResourceFindings JudgeResources(const model::RunData& data, const model::Target& target,
                                const Window& life, const Trend& fds, const Trend& threads,
                                const std::vector<model::Point>& load) {
  ResourceFindings findings;
  // Written at each snapshot.
  const Points* looks = FindPoints(data, target.id, metric::kMinorFaults);
  AddGrowing(data, target.id, metric::kFds, "fds", fds, &findings);
  AddGrowing(data, target.id, metric::kThreads, "threads", threads, &findings);
  for (const Resource& resource : Resources()) {
    const Points* points = FindPoints(data, target.id, resource.metric);
    if (points == nullptr) continue;
    const bool is_finding = resource.use == Use::kFinding;
    const Points values = resource.use == Use::kRate ? ToRates(*points)
                          : is_finding               ? WithZeros(*points, looks)
                                                     : *points;
    const Trend trend = Judge(values, life, resource.limits, is_finding, load);
    AddSeries(trend, resource.metric, resource.unit, target.id, !is_finding, &findings);
    if (is_finding) {
      AddGrowing(data, target.id, resource.metric, resource.unit, trend, &findings);
    }
  }
  JudgeKinds(data, target.id, life, fds, looks, load, &findings);
  // Said with the descriptors, when these grow.
  if (model::IsGrowth(fds.growth_class)) {
    std::erase_if(findings.growing, [](const GrowingResource& growing) {
      return growing.metric == metric::kFdsTcpCloseWait;
    });
  }
  return findings;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/resource_words.h"

#include <algorithm>

#include "analysis/series/find_series.h"
#include "analysis/words.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;

std::string LimitClause(const GrowingResource& resource) {
  constexpr double kTenYears_hours = 10 * 365 * 24;
  const auto& forecast = resource.forecast;
  if (!forecast || !(forecast->hours < kTenYears_hours)) return {};
  const std::string what = "; the limit of " + Count(static_cast<double>(forecast->limit)) + " " +
                           resource.limit_words + " (" + forecast->limit_source + ") is reached";
  if (forecast->hours <= 0) return what;
  return what + " in " + (forecast->is_beyond_horizon ? "roughly " : "") + Hours(forecast->hours);
}

// "more sockets in CLOSE_WAIT", or all descriptors and what they are.
std::string DescribeDescriptors(const ResourceFindings& findings, double per_hour) {
  constexpr double kNearlyAll = 0.8;
  const std::string closes = " per hour than it closes";
  if (findings.kinds.empty()) {
    return "opens " + Count(per_hour) + " more file descriptors" + closes;
  }
  const GrowingKind& first = findings.kinds.front();
  if (first.share >= kNearlyAll) {
    return "opens " + Count(3600 * first.slope_per_s) + " more " + first.words + closes;
  }
  std::string list;
  for (const GrowingKind& kind : findings.kinds) {
    list += (list.empty() ? "" : ", ") + Percent(std::min(kind.share, 1.0)) + " " + kind.words;
  }
  return "opens " + Count(per_hour) + " more file descriptors" + closes + " (" + list + ")";
}

}  // namespace

std::string DescribeGrowth(const ResourceFindings& findings, const GrowingResource& resource) {
  const double per_hour = 3600 * resource.trend.slope_per_s;
  const std::string limit = LimitClause(resource);
  const std::string& name = resource.metric;
  if (name == metric::kFds) return DescribeDescriptors(findings, per_hour) + limit;
  if (name == metric::kThreads) {
    return "starts " + Count(per_hour) + " more threads per hour than it ends" + limit;
  }
  if (name == metric::kFdsTcpCloseWait) {
    return "leaves " + Count(per_hour) + " more sockets per hour in CLOSE_WAIT than it closes" +
           limit;
  }
  if (name == metric::kZombies) {
    return "leaves " + Count(per_hour) +
           " more zombies per hour, children that it does not wait for" + limit;
  }
  if (name == metric::kMappings) {
    return "makes " + Count(per_hour) + " more mappings per hour than it removes" + limit;
  }
  if (name == metric::kMemoryFiles) {
    return "fills files in memory (tmpfs, memfd) by " + Rate(per_hour);
  }
  if (name == metric::kSysvShm) {
    return "makes " + Rate(per_hour) + " more System V shared memory than it removes";
  }
  return "keeps " + Rate(per_hour) + " more of deleted files open: the disk fills up";
}

std::string DescribePressure(const model::RunData& data, model::TargetId target) {
  struct Waited {
    const char* metric;
    const char* words;
    double high;  // share of the time
  };
  constexpr Waited kWaited[] = {{metric::kPsiMemorySomeSeconds, "for memory", 0.05},
                                {metric::kPsiIoSomeSeconds, "for storage", 0.3},
                                {metric::kPsiCpuSomeSeconds, "for a CPU", 0.6}};
  std::string list;
  for (const auto& [name, words, high] : kWaited) {
    const std::vector<model::Point>* points = FindPoints(data, target, name);
    if (points == nullptr || points->size() < 2) continue;
    const double time_s = points->back().t_s - points->front().t_s;
    const double share = (points->back().value - points->front().value) / time_s;
    if (!(time_s > 0 && share >= high)) continue;
    list += (list.empty() ? "" : ", ") + Percent(std::min(share, 1.0)) + " of the time " + words;
  }
  return list.empty() ? list
                      : "pressure is high: tasks of its group, or of the machine, waited " + list;
}

}  // namespace seep::analysis

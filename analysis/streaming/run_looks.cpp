// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/run_looks.h"

#include <algorithm>

#include "analysis/series/find_series.h"
#include "analysis/series/metric_kind.h"
#include "analysis/streaming/look.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;

constexpr const char* kWatched[] = {metric::kRssSwap, metric::kFds, metric::kThreads};
constexpr size_t kMostTargets = 8;  // a server with hundreds of workers: the largest ones tell

double MemoryAt(const model::RunData& data, model::TargetId target, double t_s) {
  const std::vector<model::Point>* points = FindPoints(data, target, metric::kRssSwap);
  if (points == nullptr) return 0;
  const auto after =
      std::upper_bound(points->begin(), points->end(), t_s,
                       [](double t, const model::Point& point) { return t < point.t_s; });
  return after == points->begin() ? 0 : (after - 1)->value;
}

// Those that live at `t_s`, the largest first.
std::vector<const model::Target*> LargestTargets(const model::RunData& data, double t_s) {
  std::vector<std::pair<double, const model::Target*>> living;
  for (const model::Target& target : data.targets) {
    if (target.first_seen_s > t_s || target.last_seen_s < t_s) continue;
    living.emplace_back(MemoryAt(data, target.id, t_s), &target);
  }
  std::stable_sort(living.begin(), living.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const model::Target*> largest;
  for (size_t i = 0; i < std::min(living.size(), kMostTargets); ++i) {
    largest.push_back(living[i].second);
  }
  return largest;
}

}  // namespace

void RunLooks::Add(const model::RunData& data) {
  for (; next_ < kLooks && next_s() < data.run.duration_s; ++next_) AddMoment(data, next_s());
}

void RunLooks::AddMoment(const model::RunData& data, double t_s) {
  for (const model::Target* target : LargestTargets(data, t_s)) {
    for (const char* name : kWatched) {
      const std::vector<model::Point>* points = FindPoints(data, target->id, name);
      if (points == nullptr) continue;
      LooksOf(target->id, name)
          .push_back(
              LookAt(plan_, t_s, target->first_seen_s, *points, KindOf(name, *points).limits));
    }
  }
}

std::vector<Look>& RunLooks::LooksOf(model::TargetId target, const std::string& metric) {
  const auto found = std::find_if(series_.begin(), series_.end(), [&](const SeriesLooks& series) {
    return series.target == target && series.metric == metric;
  });
  if (found != series_.end()) return found->looks;
  series_.push_back({target, metric, {}});
  return series_.back().looks;
}

StreamState RunLooks::state() const {
  StreamState furthest = StreamState::kCollecting;
  for (const SeriesLooks& series : series_) {
    // Of a process that has ended there is none at the last moment.
    if (series.looks.back().t_s < MomentOf(plan_, next_ - 1)) continue;
    furthest = std::max(furthest, StateOf(plan_, series.looks));
  }
  return furthest;
}

bool ConfirmsGrowth(const model::Verdict& verdict) {
  if (verdict.exit_code != model::ExitCode::kGrowth) return false;
  return !verdict.stacks.empty() ||
         std::any_of(verdict.series.begin(), verdict.series.end(), [](const auto& series) {
           const bool is_evidence = series.metric == metric::kHeapLive ||
                                    series.metric == metric::kFds ||
                                    series.metric == metric::kThreads;
           return is_evidence && model::IsGrowth(series.growth_class);
         });
}

}  // namespace seep::analysis

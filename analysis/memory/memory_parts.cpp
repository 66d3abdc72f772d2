// SPDX-License-Identifier: Apache-2.0
#include "analysis/memory/memory_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/series/find_series.h"
#include "storage/model/verdict.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;
namespace part = model::part;
using Points = std::vector<model::Point>;

// One series as a function of time.
class Track {
 public:
  Track(const model::RunData& data, model::TargetId target, const char* metric, double begin_s,
        double end_s) {
    const Points* points = FindPoints(data, target, metric);
    if (points == nullptr) return;
    constexpr std::ptrdiff_t kFewestPoints = 4;
    constexpr double kLatestStart = 0.25;  // of the window
    const auto in_window =
        std::count_if(points->begin(), points->end(), [&](const model::Point& point) {
          return point.t_s >= begin_s && point.t_s <= end_s && std::isfinite(point.value);
        });
    if (in_window < kFewestPoints) return;
    if (points->front().t_s > begin_s + kLatestStart * (end_s - begin_s)) return;
    points_ = points;
  }
  bool is_known() const { return points_ != nullptr; }
  double begin_s() const { return points_->front().t_s; }
  double end_s() const { return points_->back().t_s; }

  // Behind the last point: its value. Not before the first one.
  double At(double t_s) const {
    const auto after =
        std::lower_bound(points_->begin(), points_->end(), t_s,
                         [](const model::Point& point, double t) { return point.t_s < t; });
    if (after == points_->end()) return points_->back().value;
    if (after->t_s == t_s || after == points_->begin()) return after->value;
    const model::Point& before = *(after - 1);
    const double share = (t_s - before.t_s) / (after->t_s - before.t_s);
    return before.value + share * (after->value - before.value);
  }

 private:
  const Points* points_ = nullptr;
};

using Row = std::vector<std::pair<const char*, double>>;  // without the remainder

class Splitter {
 public:
  Splitter(const model::RunData& data, model::TargetId target, double begin_s, double end_s) {
    const auto track = [&](const char* metric) {
      return Track(data, target, metric, begin_s, end_s);
    };
    for (const char* metric :
         {metric::kRssAnon, metric::kRssFile, metric::kRssShmem, metric::kSwap}) {
      status_.push_back(track(metric));
    }
    for (const char* metric : {metric::kAnonArenas, metric::kAnonMaps, metric::kThreadStacks,
                               metric::kFileDirty, metric::kFileClean, metric::kSeepOwn}) {
      map_.push_back(track(metric));
    }
    for (const char* metric :
         {metric::kAllocatorInUse, metric::kAllocatorHeld, metric::kAllocatorMapped}) {
      allocator_.push_back(track(metric));
    }
    live_.push_back(track(metric::kHeapLive));
    mapped_.push_back(track(metric::kMappedLive));
    // What is not known as a whole is not used.
    for (std::vector<Track>* group : {&status_, &map_, &allocator_, &live_, &mapped_}) {
      const bool is_whole =
          std::all_of(group->begin(), group->end(), [](const Track& t) { return t.is_known(); });
      if (!is_whole) group->clear();
    }
  }

  // From where on everything that is used is known.
  double begin_s() const {
    double begin_s = 0;
    for (const std::vector<Track>* group : {&status_, &map_, &allocator_, &live_, &mapped_}) {
      for (const Track& track : *group) begin_s = std::max(begin_s, track.begin_s());
    }
    return begin_s;
  }

  // An allocator that is not asked any more holds what it held; all else has changed since.
  double end_s() const {
    double end_s = std::numeric_limits<double>::infinity();
    for (const std::vector<Track>* group : {&status_, &map_, &live_, &mapped_}) {
      for (const Track& track : *group) end_s = std::min(end_s, track.end_s());
    }
    return end_s;
  }

  Row At(double t_s) const { return map_.empty() ? Coarse(t_s) : Fine(t_s); }

 private:
  static std::vector<double> Values(const std::vector<Track>& group, double t_s) {
    std::vector<double> values;
    for (const Track& track : group) values.push_back(track.At(t_s));
    return values;
  }

  Row Coarse(double t_s) const {
    Row row;
    if (status_.empty()) return row;
    const std::vector<double> status = Values(status_, t_s);
    const double live = live_.empty() ? 0 : live_[0].At(t_s);
    if (!live_.empty()) row.emplace_back(part::kHeapLive, live);
    row.emplace_back(part::kAnonOther, status[0] - live);
    row.emplace_back(part::kFile, status[1]);
    row.emplace_back(part::kShmem, status[2]);
    row.emplace_back(part::kSwap, status[3]);
    return row;
  }

  Row Fine(double t_s) const {
    const std::vector<double> map = Values(map_, t_s);
    const double arenas = map[0];
    const double maps = map[1];
    Row row;
    if (const double held = AllocatorResident(t_s, arenas, maps); IsLiveKnown()) {
      const double live = allocator_.empty() ? live_[0].At(t_s) : allocator_[0].At(t_s);
      row.emplace_back(part::kHeapLive, live);
      row.emplace_back(part::kAllocatorSlack, held - live);
      row.emplace_back(part::kMapped, arenas + maps - held);
    } else {
      row.emplace_back(part::kHeap, arenas);
      row.emplace_back(part::kMapped, maps);
    }
    row.emplace_back(part::kThreadStacks, map[2]);
    row.emplace_back(part::kFileDirty, map[3]);
    row.emplace_back(part::kFileClean, map[4]);
    row.emplace_back(part::kShmem, status_.empty() ? 0 : status_[2].At(t_s));
    row.emplace_back(part::kSeep, map[5]);
    return row;
  }

  bool IsLiveKnown() const { return !allocator_.empty() || !live_.empty(); }

  // Of the anonymous memory. All arenas are the allocator's. Of the rest is what it says that it
  // has mapped, as far as it is there; some allocators count memory from brk as well, and then say
  // in all not more than they hold. One that says nothing has what the target itself has not
  // mapped.
  double AllocatorResident(double t_s, double arenas, double maps) const {
    if (!allocator_.empty()) {
      const double held = allocator_[1].At(t_s);
      const double mapped = std::min(allocator_[2].At(t_s), maps);
      return std::min(arenas + mapped, std::max(arenas, held));
    }
    return arenas + maps - (mapped_.empty() ? 0 : std::min(mapped_[0].At(t_s), maps));
  }

  std::vector<Track> status_;
  std::vector<Track> map_;
  std::vector<Track> allocator_;
  std::vector<Track> live_;
  std::vector<Track> mapped_;
};

}  // namespace

MemoryParts SplitMemory(const model::RunData& data, model::TargetId target, double begin_s) {
  MemoryParts memory;
  const Points* total = FindPoints(data, target, metric::kRssSwap);
  if (total == nullptr || total->empty()) return memory;
  const Splitter splitter(data, target, begin_s, total->back().t_s);
  const double from_s = std::max(begin_s, splitter.begin_s());
  for (const model::Point& point : *total) {
    if (!(point.t_s >= from_s && point.t_s <= splitter.end_s()) || !std::isfinite(point.value))
      continue;
    Row row = splitter.At(point.t_s);
    if (row.empty()) return {};
    double rest = point.value;
    for (const auto& [name, bytes] : row) rest -= bytes;
    row.emplace_back(part::kRemainder, rest);
    memory.parts.resize(row.size());
    for (size_t i = 0; i < row.size(); ++i) {
      memory.parts[i].name = row[i].first;
      memory.parts[i].bytes.push_back(row[i].second);
    }
    memory.time_s.push_back(point.t_s);
    memory.total_bytes.push_back(point.value);
  }
  return memory;
}

}  // namespace seep::analysis

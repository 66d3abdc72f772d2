// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/amounts.h"

#include <algorithm>

#include "analysis/stacks/timeline.h"

namespace seep::exports {
namespace {

constexpr double kLongestEnd_s = 10;  // that the processes of a service take to end
constexpr double kEndShare = 0.05;    // of the run

Amounts At(const model::StackHistory& history, double t_s) {
  const model::StackPoint point = analysis::PointAt(history, t_s);
  return {point.alloc_objects, point.alloc_bytes, point.live_objects, point.live_bytes};
}

double EndOf(const model::RunData& data) {
  double end_s = 0;
  for (const model::Target& target : data.targets) end_s = std::max(end_s, target.last_seen_s);
  return end_s;
}

// The last image of each process: an exec empties the heap.
std::map<model::TargetId, uint32_t> LastImages(const model::RunData& data) {
  std::map<model::TargetId, uint32_t> images;
  for (const model::StackHistory& history : data.stacks) {
    uint32_t& image = images[history.stack.target];
    image = std::max(image, history.stack.ledger);
  }
  return images;
}

}  // namespace

Amounts& Amounts::operator+=(const Amounts& other) {
  alloc_objects += other.alloc_objects;
  alloc_bytes += other.alloc_bytes;
  live_objects += other.live_objects;
  live_bytes += other.live_bytes;
  return *this;
}

Amounts Amounts::operator-(const Amounts& other) const {
  return {alloc_objects - other.alloc_objects, alloc_bytes - other.alloc_bytes,
          live_objects - other.live_objects, live_bytes - other.live_bytes};
}

bool AmountsOf::Includes(const model::Target& target) const {
  return (!pid || target.pid == *pid) && (!program || model::ProgramName(target) == *program);
}

std::vector<StackAmounts> MeasureStacks(const model::RunData& data, const AmountsOf& of) {
  std::map<model::TargetId, const model::Target*> targets;
  for (const model::Target& target : data.targets) targets[target.id] = &target;
  const auto images = LastImages(data);
  const double end_s = EndOf(data);
  const double lived_s = end_s - std::min(kLongestEnd_s, kEndShare * end_s);

  std::vector<StackAmounts> measured;
  for (const model::StackHistory& history : data.stacks) {
    const auto found = targets.find(history.stack.target);
    if (found == targets.end() || !of.Includes(*found->second)) continue;
    const model::Target& target = *found->second;
    const auto since = of.since_s.find(target.id);
    const Amounts before = since != of.since_s.end() ? At(history, since->second) : Amounts{};
    Amounts amounts = At(history, target.last_seen_s) - before;
    const bool is_in_use = history.stack.ledger == images.at(target.id) &&
                           (of.pid.has_value() || target.last_seen_s >= lived_s);
    if (!is_in_use) amounts.live_objects = amounts.live_bytes = 0;
    measured.push_back({&history, &target, amounts});
  }
  return measured;
}

std::map<model::TargetId, double> WarmUpEnds(const model::Verdict& verdict) {
  std::map<model::TargetId, double> ends;
  for (const model::SeriesVerdict& series : verdict.series) {
    const bool is_known = series.growth_class != model::GrowthClass::kInsufficientData;
    if (is_known && series.metric == model::metric::kHeapLive) {
      ends[series.target] = series.warmup_end_s;
    }
  }
  return ends;
}

}  // namespace seep::exports

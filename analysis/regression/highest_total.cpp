// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/highest_total.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/series/find_series.h"

namespace seep::analysis {
namespace {

// From `t_s` on a process has so much.
struct Step {
  double t_s = 0;
  size_t process = 0;
  double value = 0;
};

}  // namespace

std::optional<double> HighestTotal(const model::RunData& data, std::string_view metric) {
  std::vector<Step> steps;
  for (size_t i = 0; i < data.targets.size(); ++i) {
    const model::Target& target = data.targets[i];
    const std::vector<model::Point>* points = FindPoints(data, target.id, metric);
    if (points == nullptr) continue;
    for (const model::Point& point : *points) {
      if (std::isfinite(point.value)) steps.push_back({point.t_s, i, point.value});
    }
    const bool has_ended = target.last_seen_s < data.run.duration_s;
    if (has_ended) steps.push_back({std::nextafter(target.last_seen_s, HUGE_VAL), i, 0});
  }
  if (steps.empty()) return std::nullopt;
  std::ranges::stable_sort(steps, {}, &Step::t_s);
  std::vector<double> has(data.targets.size());
  double total = 0;
  double highest = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    total += steps[i].value - has[steps[i].process];
    has[steps[i].process] = steps[i].value;
    // Values of one moment belong together.
    const bool is_moment = i + 1 == steps.size() || steps[i + 1].t_s > steps[i].t_s;
    if (is_moment) highest = std::max(highest, total);
  }
  return highest;
}

}  // namespace seep::analysis

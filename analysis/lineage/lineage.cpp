// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage/lineage.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "analysis/lineage/panel.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

// Crash loops and helpers: nothing can be learned from what they had.
constexpr double kLeastLife_s = 15;

bool IsStartedByTheRun(const model::RunData& data, const model::Target& target) {
  return std::ranges::any_of(data.targets, [&target](const model::Target& other) {
    return other.pid == target.parent_pid && other.first_seen_s <= target.first_seen_s &&
           other.last_seen_s >= target.first_seen_s;
  });
}

void MeasureTimes(Lineage& lineage) {
  std::vector<double> lengths;
  std::vector<double> distances;
  for (size_t i = 0; i < lineage.lives.size(); ++i) {
    const model::Target& life = *lineage.lives[i];
    lengths.push_back(life.last_seen_s - life.first_seen_s);
    if (i > 0) distances.push_back(life.first_seen_s - lineage.lives[i - 1]->first_seen_s);
  }
  lineage.life_s = Median(std::move(lengths));
  lineage.every_s = Median(std::move(distances));
}

}  // namespace

std::vector<Lineage> FindLineages(const model::RunData& data) {
  std::vector<const model::Target*> targets;
  for (const model::Target& target : data.targets) {
    if (target.last_seen_s - target.first_seen_s >= kLeastLife_s) targets.push_back(&target);
  }
  std::ranges::stable_sort(targets, {}, &model::Target::first_seen_s);
  using Role = std::pair<std::string, bool>;
  std::map<Role, std::vector<Lineage>> of_role;
  for (const model::Target* target : targets) {
    std::vector<Lineage>& lineages = of_role[{target->exe + '\n' + model::ProgramName(*target),
                                              IsStartedByTheRun(data, *target)}];
    Lineage* place = nullptr;
    for (Lineage& lineage : lineages) {
      const double end_s = lineage.lives.back()->last_seen_s;
      if (end_s > target->first_seen_s) continue;
      if (place == nullptr || end_s > place->lives.back()->last_seen_s) place = &lineage;
    }
    if (place == nullptr) place = &lineages.emplace_back();
    place->lives.push_back(target);
  }
  std::vector<Lineage> found;
  for (auto& [role, lineages] : of_role) {
    for (Lineage& lineage : lineages) {
      if (lineage.lives.size() < kFewestLives) continue;
      MeasureTimes(lineage);
      found.push_back(std::move(lineage));
    }
  }
  return found;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/candidates.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace seep::analysis {
namespace {

constexpr double kTwoErrors = 2;
constexpr double kNothing = 0.02;  // of what candidate and losers gained and lost

}  // namespace

std::vector<Candidate> SingleStacks(const std::vector<Counted>& counted) {
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < counted.size(); ++i) {
    const StackTally& tally = counted[i].tally;
    if (tally.born >= kFewestSurvivors) candidates.push_back({{i}, tally, WeighTally(tally)});
  }
  return candidates;
}

std::vector<Candidate> PooledStacks(const std::vector<Counted>& counted, const CallSites& sites,
                                    model::StackLevel level) {
  std::map<uint64_t, std::vector<size_t>> groups;
  for (size_t i = 0; i < counted.size(); ++i) {
    if (counted[i].has_stopped || counted[i].is_taken) continue;
    const uint64_t key = sites.Key(counted[i].history->stack, level);
    if (key != 0) groups[key].push_back(i);
  }
  std::vector<Candidate> candidates;
  for (auto& [key, members] : groups) {
    StackTally tally;
    for (const size_t member : members) tally += counted[member].tally;
    if (members.size() < 2 || tally.born < kFewestSurvivors) continue;
    std::stable_sort(members.begin(), members.end(), [&](size_t a, size_t b) {
      return counted[a].tally.growth_bytes > counted[b].tally.growth_bytes;
    });
    candidates.push_back({std::move(members), tally, WeighTally(tally)});
  }
  return candidates;
}

bool HasMoved(const Candidate& candidate, const std::vector<Counted>& counted,
              const std::vector<size_t>& of_its_caller) {
  StackTally others;
  for (const size_t i : of_its_caller) {
    const bool is_own =
        std::find(candidate.members.begin(), candidate.members.end(), i) != candidate.members.end();
    if (!is_own) others += counted[i].tally;
  }
  const double gained = candidate.tally.growth_bytes;
  const double lost = -others.growth_bytes;
  const double net_error = std::sqrt(candidate.tally.growth_variance + others.growth_variance);
  return lost > kTwoErrors * std::sqrt(others.growth_variance) && lost > 0 &&
         std::abs(gained - lost) <= std::max(kNothing * (gained + lost), kTwoErrors * net_error);
}

}  // namespace seep::analysis

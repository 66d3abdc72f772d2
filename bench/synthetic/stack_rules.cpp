// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/stack_rules.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/stacks/timeline.h"
#include "analysis/stats/distributions.h"
#include "analysis/stats/false_discovery.h"

namespace seep::synthetic {
namespace {

using analysis::Window;
using Found = std::vector<size_t>;

constexpr size_t kShown = 10;
constexpr double kFewest = 6;
constexpr int kGenerations = 6;

// pprof -base and heaptrack --diff: what grew most between two snapshots.
Found LargestGrowth(const model::RunData& data, const Window& window) {
  std::vector<std::pair<double, size_t>> growth;
  for (size_t i = 0; i < data.stacks.size(); ++i) {
    const double grown = analysis::PointAt(data.stacks[i], window.end_s).live_bytes -
                         analysis::PointAt(data.stacks[i], window.begin_s).live_bytes;
    if (grown > 0) growth.emplace_back(-grown, i);
  }
  std::sort(growth.begin(), growth.end());
  Found found;
  for (size_t i = 0; i < std::min(growth.size(), kShown); ++i) found.push_back(growth[i].second);
  return found;
}

// Born against died, as if every block came and went by itself; with its own control of
// discoveries.
Found PlainBinomial(const model::RunData& data, const Window& window) {
  std::vector<double> p_values;
  Found tested;
  for (size_t i = 0; i < data.stacks.size(); ++i) {
    const analysis::Timeline timeline(data.stacks[i]);
    const double born = std::round(timeline.BornIn(window.begin_s, 1e300).samples);
    const double net = timeline.At(window.end_s).live - timeline.At(window.begin_s).live;
    if (born < kFewest) continue;
    const double died = std::max(0.0, born - net);
    tested.push_back(i);
    p_values.push_back(analysis::BinomialUpperTail(static_cast<uint64_t>(born),
                                                   static_cast<uint64_t>(born + died), 0.5));
  }
  const double largest = analysis::LargestDiscovery(p_values, 0.05);
  Found found;
  for (size_t i = 0; i < tested.size(); ++i) {
    if (p_values[i] <= largest) found.push_back(tested[i]);
  }
  return found;
}

// Blocks in use of many generations (LeakBot; Jump & McKinley 2007): the window in so many parts.
Found Generations(const model::RunData& data, const Window& window) {
  Found found;
  const double part_s = (window.end_s - window.begin_s) / kGenerations;
  for (size_t i = 0; i < data.stacks.size(); ++i) {
    const analysis::Timeline timeline(data.stacks[i]);
    int generations = 0;
    for (int part = 0; part < kGenerations; ++part) {
      const double from_s = window.begin_s + part_s * part;
      generations += timeline.BornIn(from_s, from_s + part_s).samples >= 1 ? 1 : 0;
    }
    if (generations == kGenerations) found.push_back(i);
  }
  return found;
}

}  // namespace

const std::vector<StackRule>& StackRules() {
  static const std::vector<StackRule> rules = {{"heap diff, top 10", LargestGrowth},
                                               {"binomial, BH", PlainBinomial},
                                               {"6 generations", Generations}};
  return rules;
}

}  // namespace seep::synthetic

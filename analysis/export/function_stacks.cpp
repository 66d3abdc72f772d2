// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/function_stacks.h"

#include <cmath>
#include <map>
#include <utility>

namespace seep::exports {
namespace {

std::string ProcessName(const Sample& sample) {
  if (!sample.pid) return sample.process;
  return sample.process + " (pid " + std::to_string(*sample.pid) + ")";
}

}  // namespace

FunctionStacks MergeByFunction(const Profile& profile, SampleType type) {
  FunctionStacks merged;
  std::map<FunctionFrame, size_t> frames;
  const auto frame_of = [&](FunctionFrame frame) {
    const auto [entry, is_new] = frames.try_emplace(std::move(frame), merged.frames.size());
    if (is_new) merged.frames.push_back(entry->first);
    return entry->second;
  };
  std::vector<std::vector<size_t>> lines_of;  // of each location, outermost first
  for (const Location& location : profile.locations) {
    std::vector<size_t>& lines = lines_of.emplace_back();
    for (auto line = location.lines.rbegin(); line != location.lines.rend(); ++line) {
      lines.push_back(frame_of({line->function, line->file}));
    }
  }
  const auto amount = InfoOf(type).amount;
  std::map<std::vector<size_t>, double> weights;
  for (const Sample& sample : profile.samples) {
    std::vector<size_t> path{frame_of({ProcessName(sample), ""})};
    for (auto at = sample.locations.rbegin(); at != sample.locations.rend(); ++at) {
      path.insert(path.end(), lines_of[*at].begin(), lines_of[*at].end());
    }
    weights[std::move(path)] += sample.amounts.*amount;
  }
  for (auto& [path, weight] : weights) {
    const int64_t rounded = std::llround(weight);
    if (rounded > 0) {
      merged.stacks.push_back({path, rounded});
      merged.total += rounded;
    } else if (rounded < 0) {
      ++merged.fallen_stacks;
      merged.fallen_total += rounded;
    }
  }
  return merged;
}

}  // namespace seep::exports

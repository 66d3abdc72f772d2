// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/interval_map.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace seep::symbols {

IntervalMap::IntervalMap(std::vector<AddressRange> ranges) {
  std::erase_if(ranges, [](const AddressRange& range) { return range.low >= range.high; });
  std::stable_sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) {
    return std::tie(a.low, b.high, a.depth) < std::tie(b.low, a.high, b.depth);
  });

  std::vector<AddressRange> open;  // outermost first; each lies within the one before it
  const auto close_until = [&](uint64_t address) {
    while (!open.empty() && open.back().high <= address) {
      const uint64_t end = open.back().high;
      open.pop_back();
      Append(end, open.empty() ? kNothing : open.back().value);
    }
  };
  for (AddressRange& range : ranges) {
    close_until(range.low);
    if (!open.empty()) range.high = std::min(range.high, open.back().high);
    Append(range.low, range.value);
    open.push_back(range);
  }
  close_until(std::numeric_limits<uint64_t>::max());
  steps_.shrink_to_fit();
}

void IntervalMap::Append(uint64_t start, uint32_t value) {
  if (!steps_.empty() && steps_.back().start == start) {
    steps_.back().value = value;
  } else {
    steps_.push_back({start, value});
  }
}

uint32_t IntervalMap::Find(uint64_t address) const {
  const auto after =
      std::upper_bound(steps_.begin(), steps_.end(), address,
                       [](uint64_t wanted, const Step& step) { return wanted < step.start; });
  return after == steps_.begin() ? kNothing : std::prev(after)->value;
}

}  // namespace seep::symbols

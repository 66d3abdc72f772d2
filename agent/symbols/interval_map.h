// SPDX-License-Identifier: Apache-2.0
// Nested address ranges made flat, so that one binary search answers "what is innermost here?".
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace seep::symbols {

struct AddressRange {
  uint64_t low = 0;
  uint64_t high = 0;   // exclusive
  uint32_t value = 0;  // what lies here
  uint32_t depth = 0;  // of two equal ranges, the deeper one is inside the other
};

// Immutable once built, so safe to read from several threads.
class IntervalMap {
 public:
  static constexpr uint32_t kNothing = std::numeric_limits<uint32_t>::max();

  IntervalMap() = default;
  // Ranges that cross instead of nesting (corrupt input): the later one is cut at the outer's end.
  explicit IntervalMap(std::vector<AddressRange> ranges);

  uint32_t Find(uint64_t address) const;  // kNothing outside every range
  uint64_t HeapBytes() const { return steps_.capacity() * sizeof(Step); }

 private:
  // From `start` to the next step's start the innermost value is `value`. Starts ascend strictly.
  struct Step {
    uint64_t start;
    uint32_t value;
  };
  void Append(uint64_t start, uint32_t value);

  std::vector<Step> steps_;
};

}  // namespace seep::symbols

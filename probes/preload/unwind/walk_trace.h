// SPDX-License-Identifier: Apache-2.0
// All that a walk depended on: where it began, and the words that it read. As long as the rules
// stay the same, a walk from the same place that would read the same words ends the same. To
// compare the words takes a tenth of the time of the walk, which has to wait for each word before
// it knows where the next one lies.
#pragma once

#include <bit>
#include <cstdint>

#include "probes/preload/unwind/stack_memory.h"
#include "probes/preload/unwind/walker.h"

namespace seep::probe::unwind {

// Of a walk on the thread's own stack by common rules; any other is not held. For its one thread.
class WalkTrace {
 public:
  // The walker's. A word is return address, or a saved rbp that a CFA was computed from.
  void Begin(const Registers& from) {
    from_ = from;
    rbp_mask_ = 0;
    count_ = 0;
    is_whole_ = true;
  }
  void AddWord(uint64_t address, uint64_t word) {
    const uint64_t place = std::rotr(address - from_.rsp, 3);  // large when it is not a whole one
    if (place > UINT16_MAX || count_ == kMostWords) return Abandon();
    places_[count_] = static_cast<uint16_t>(place);
    words_[count_++] = word;
  }
  void UsesFirstRbp() { rbp_mask_ = ~uint64_t{0}; }
  void Abandon() { is_whole_ = false; }
  bool is_whole() const { return is_whole_; }

  // A walk from here, by the calling thread and now, would do the same again.
  [[gnu::always_inline]] bool IsRepeatedFrom(const Registers& from) const {
    if (from.return_address != from_.return_address || from.rsp != from_.rsp ||
        ((from.rbp ^ from_.rbp) & rbp_mask_) != 0) {
      return false;
    }
    uint64_t difference = 0;
    for (uint32_t i = 0; i < count_; ++i) {
      difference |= LoadWord(from.rsp + uint64_t{places_[i]} * 8) ^ words_[i];
    }
    return difference == 0;
  }

 private:
  static constexpr uint32_t kMostWords = 48;

  Registers from_{};
  uint64_t rbp_mask_ = 0;
  uint32_t count_ = 0;
  bool is_whole_ = false;
  uint16_t places_[kMostWords] = {};  // of the words, above the first rsp, in words
  uint64_t words_[kMostWords] = {};
};

}  // namespace seep::probe::unwind

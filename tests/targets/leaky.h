// SPDX-License-Identifier: Apache-2.0
// The leak that several zoo programs share: blocks that nothing points to any more.
#pragma once

#include "tests/targets/zoo.h"

namespace zoo {

[[gnu::noipa]] inline void LeakRequestBuffer(size_t size_bytes, Tally* tally) {
  void* block = Touch(malloc(size_bytes), size_bytes);
  if (block != nullptr) tally->Add(size_bytes);
}

// Leaks blocks of 64 to 1024 bytes at `bytes_per_s` whenever Step is called.
class Leaker {
 public:
  Leaker(double bytes_per_s, uint64_t seed, Tally* tally)
      : pacer_(bytes_per_s), random_(seed), tally_(tally) {}

  void Step() {
    while (pacer_.IsDue()) {
      const size_t size_bytes = random_.Between(64, 1024);
      LeakRequestBuffer(size_bytes, tally_);
      pacer_.Spend(size_bytes);
    }
  }

 private:
  Pacer pacer_;
  Random random_;
  Tally* tally_;
};

}  // namespace zoo

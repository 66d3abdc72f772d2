// SPDX-License-Identifier: Apache-2.0
// How long to wait before asking again: exponential, with jitter, so that many agents that lost the
// same thing do not all ask for it at the same moment. No clock; one thread at a time.
#pragma once

#include <cstdint>
#include <random>

namespace seep::resilience {

struct BackoffSettings {
  double first_s = 1;
  double factor = 2;
  double longest_s = 300;
  double jitter = 0.25;  // share of a wait that is left to chance, 0 to 1
};

class Backoff {
 public:
  Backoff(BackoffSettings settings, uint64_t seed) : settings_(settings), random_(seed) {}

  // The n-th wait since Reset (n = 0, 1, ...) lies in [(1 - jitter) w, w], where
  // w = min(longest_s, max(first_s, least_first_s) factor^n).
  double Next(double least_first_s = 0);
  void Reset() { attempts_ = 0; }
  int attempts() const { return attempts_; }

 private:
  BackoffSettings settings_;
  std::mt19937_64 random_;
  int attempts_ = 0;
};

}  // namespace seep::resilience

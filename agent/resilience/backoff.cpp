// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/backoff.h"

#include <algorithm>
#include <cmath>

namespace seep::resilience {
namespace {

constexpr int kMostAttempts = 1000;  // where factor^n is beyond every longest_s

}  // namespace

double Backoff::Next(double least_first_s) {
  const double first_s = std::max(settings_.first_s, least_first_s);
  const double wait_s =
      std::min(settings_.longest_s, first_s * std::pow(settings_.factor, attempts_));
  attempts_ = std::min(attempts_ + 1, kMostAttempts);
  const double chance = std::uniform_real_distribution<double>(0, 1)(random_);
  return wait_s * (1 - settings_.jitter * chance);
}

}  // namespace seep::resilience

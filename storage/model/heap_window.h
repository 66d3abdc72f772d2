// SPDX-License-Identifier: Apache-2.0
// The life of a ledger is divided into 32 to 64 windows of equal length: births and deaths of
// blocks are kept per window, so that a stack costs the same after 48 hours as after one. As a
// ledger gets older two windows become one; the state of a stack at the end of a window is exact
// all the same.
#pragma once

#include <cmath>
#include <cstdint>

namespace seep::model {

inline constexpr double kMostWindows = 64;
inline constexpr double kShortestWindow_s = 0.25;  // the unit that a window's begin is counted in

// Of a ledger of this age. A power of two, so that later windows are unions of earlier ones.
inline double WindowLength(double age_s) {
  double length_s = kShortestWindow_s;
  while (length_s * kMostWindows <= age_s) length_s *= 2;
  return length_s;
}

// In units of kShortestWindow_s since the ledger was made.
struct HeapWindow {
  int64_t begin = 0;
  int64_t length = 1;
};
inline HeapWindow WindowAt(double age_s) {
  const auto length = static_cast<int64_t>(WindowLength(age_s) / kShortestWindow_s);
  const auto age = static_cast<int64_t>(std::floor(age_s / kShortestWindow_s));
  return {age - age % length, length};
}

// A block is settled once it has lived through an eighth of its ledger's life: most of what a
// program allocates is freed long before, and cannot hide then, nor imitate, what is never freed.
inline double SettledAge(double ledger_age_s) {
  return ledger_age_s / 8;
}

}  // namespace seep::model

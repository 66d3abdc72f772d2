// SPDX-License-Identifier: Apache-2.0
// A call path of a run and the one of the baseline that it was matched with, and their figures.
#pragma once

#include <algorithm>
#include <array>
#include <functional>

#include "analysis/regression/stack_figures.h"
#include "analysis/regression/stack_groups.h"
#include "storage/model/comparison.h"

namespace seep::analysis {

// p-values of a change by itself: that is taken for one where much else agrees, and that is said.
inline constexpr double kPlain = 0.01;
inline constexpr double kCertain = 0.001;

// One of `base` and `run` may be null: it is on one side only.
struct StackRow {
  const StackGroup* base = nullptr;
  const StackGroup* run = nullptr;
  double similarity = 0;
  FigureChanges figures;
  // Significantly among all stacks, and beyond the floors.
  std::array<bool, kFigureCount> is_worse{};
  std::array<bool, kFigureCount> is_better{};
  double p_worse = 1;   // the least of its figures, after the correction for many
  double p_better = 1;  // likewise

  bool IsWorse() const { return std::ranges::any_of(is_worse, std::identity()); }
  bool IsBetter() const { return std::ranges::any_of(is_better, std::identity()); }
  // Allocates or holds more or less beyond doubt, whether that matters or not. Of a path on one
  // side only: it is not just missed by the samples of the other.
  bool IsPlain(double most_p = kPlain) const {
    return std::ranges::any_of(figures, [most_p](const FigureChange& change) {
      return std::min(change.p_more, change.p_less) <= most_p;
    });
  }
  model::StackChangeClass Class() const {
    using enum model::StackChangeClass;
    if (base == nullptr) return IsWorse() || IsPlain(kCertain) ? kNew : kSame;
    if (run == nullptr) return IsPlain(kCertain) ? kGone : kSame;
    if (IsWorse()) return kGrown;
    if (IsBetter()) return kShrunk;
    return base->key.full == run->key.full ? kSame : kMoved;
  }
};

}  // namespace seep::analysis

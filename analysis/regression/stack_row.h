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

inline constexpr double kPlain = 0.01;  // p-value of a change that is taken for one, by itself

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
  bool IsPlain() const {
    return std::ranges::any_of(std::array{kAllocated, kLive}, [this](Figure figure) {
      return std::min(figures[figure].p_more, figures[figure].p_less) <= kPlain;
    });
  }
  model::StackChangeClass Class() const {
    using enum model::StackChangeClass;
    if (base == nullptr) return IsWorse() || IsPlain() ? kNew : kSame;
    if (run == nullptr) return IsPlain() ? kGone : kSame;
    if (IsWorse()) return kGrown;
    if (IsBetter()) return kShrunk;
    return base->key.full == run->key.full ? kSame : kMoved;
  }
};

}  // namespace seep::analysis

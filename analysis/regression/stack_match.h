// SPDX-License-Identifier: Apache-2.0
// Which call path of one build is which of the other.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "analysis/regression/stack_groups.h"

namespace seep::analysis {

// Places in the two lists; one of them may be kNone.
struct StackPair {
  static constexpr size_t kNone = static_cast<size_t>(-1);
  size_t base = kNone;
  size_t run = kNone;
  double similarity = 0;  // 0-1
};

// Twice the longest common subsequence of the two paths over their lengths together (1: equal, 0:
// nothing in common); of the innermost 64 names of each.
double Similarity(const StackKey& left, const StackKey& right);

// All of `base` and all of `run`, each once: pairs of the same kind and
//   1. the same names,
//   2. the same site, the most similar first,
//   3. a similarity of at least 0.8 and sizes of objects within a factor of two, likewise;
// then what is left of either. A stack without any symbols is matched by 1 only: the others would
// pair all that are of one module.
std::vector<StackPair> MatchStacks(std::span<const StackGroup> base,
                                   std::span<const StackGroup> run);

// Pairs among those that are left in `pairs`: of the same kind, sizes of objects within a quarter,
// the same leaf or a similarity of at least 0.5, and whom `is_same` takes for the same. The most
// similar first. For few: it looks at all of them.
void PairMoved(std::span<const StackGroup> base, std::span<const StackGroup> run,
               const std::function<bool(size_t base, size_t run)>& is_same,
               std::vector<StackPair>& pairs);

}  // namespace seep::analysis

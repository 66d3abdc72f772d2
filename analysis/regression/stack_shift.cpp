// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_shift.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <unordered_map>

namespace seep::analysis {
namespace {

constexpr double kNoChange = 0.02;     // of what is under a function (analysis.md 2.4.6)
constexpr double kNoChangeErrors = 2;  // standard errors
constexpr double kMostLeft = 0.5;      // of what was gained

// A function on more paths than this, and on most of all, is no place of its own: an allocator of
// the program, or its main loop.
constexpr size_t kFewPaths = 8;

// What is under a function in one figure.
struct Balance {
  double base = 0;
  double gained = 0;
  double lost = 0;
  double variance = 0;  // of gained - lost

  bool IsEven() const {
    const double even = std::max(kNoChange * base, kNoChangeErrors * std::sqrt(variance));
    return gained - lost <= std::min(even, kMostLeft * gained);
  }
};

struct Subtree {
  std::array<Balance, kFigureCount> balances;
  size_t paths = 0;
};
using Subtrees = std::unordered_map<uint32_t, Subtree>;  // by function

// Innermost first.
std::vector<uint32_t> FunctionsAround(const StackKey& key) {
  std::vector<uint32_t> functions = key.own;
  if (key.names.size() > 1) std::erase(functions, key.names.back());
  return functions;
}

std::vector<uint32_t> AllNames(const StackRow& row) {
  std::vector<uint32_t> names;
  for (const StackGroup* group : {row.base, row.run}) {
    if (group != nullptr)
      names.insert(names.end(), group->key.names.begin(), group->key.names.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void Add(const FigureChange& change, bool has_changed, Balance& balance) {
  balance.base += change.base;
  if (!has_changed) return;
  const double difference = change.difference();
  (difference > 0 ? balance.gained : balance.lost) += std::abs(difference);
  balance.variance += change.standard_error * change.standard_error;
}

Subtrees BalanceAll(std::span<const StackRow> rows) {
  Subtrees subtrees;
  for (const StackRow& row : rows) {
    if (!row.IsWorse()) continue;
    for (const uint32_t function : FunctionsAround(row.run->key)) subtrees[function];
  }
  if (subtrees.empty()) return subtrees;
  for (const StackRow& row : rows) {
    const bool has_changed = row.IsWorse() || row.IsPlain();
    for (const uint32_t name : AllNames(row)) {
      const auto found = subtrees.find(name);
      if (found == subtrees.end()) continue;
      Subtree& subtree = found->second;
      ++subtree.paths;
      for (size_t i = 0; i < kFigureCount; ++i) {
        Add(row.figures[i], has_changed, subtree.balances[i]);
      }
    }
  }
  return subtrees;
}

std::optional<Shift> FindShift(const StackRow& row, const Subtrees& subtrees, size_t all_paths) {
  for (const uint32_t function : FunctionsAround(row.run->key)) {
    const Subtree& subtree = subtrees.at(function);
    if (subtree.paths > kFewPaths && 2 * subtree.paths > all_paths) continue;
    std::optional<Shift> shift;
    bool is_even = true;
    for (size_t i = 0; i < kFigureCount; ++i) {
      if (!row.is_worse[i]) continue;
      const Balance& balance = subtree.balances[i];
      is_even = is_even && balance.IsEven();
      if (!shift) shift = {function, static_cast<Figure>(i), balance.gained, balance.lost};
    }
    if (is_even) return shift;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::optional<Shift>> FindShifts(std::span<const StackRow> rows) {
  const Subtrees subtrees = BalanceAll(rows);
  std::vector<std::optional<Shift>> shifts;
  for (const StackRow& row : rows) {
    shifts.push_back(row.IsWorse() ? FindShift(row, subtrees, rows.size()) : std::nullopt);
  }
  return shifts;
}

}  // namespace seep::analysis

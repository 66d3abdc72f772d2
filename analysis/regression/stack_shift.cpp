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
using Balances = std::unordered_map<uint32_t, std::array<Balance, kFigureCount>>;  // by function

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

void Add(const FigureChange& change, bool is_worse, Balance& balance) {
  balance.base += change.base;
  if (!is_worse && std::min(change.p_more, change.p_less) > kPlain) return;
  const double difference = change.difference();
  (difference > 0 ? balance.gained : balance.lost) += std::abs(difference);
  balance.variance += change.standard_error * change.standard_error;
}

Balances BalanceAll(std::span<const StackRow> rows) {
  Balances balances;
  for (const StackRow& row : rows) {
    if (!row.IsWorse()) continue;
    for (const uint32_t function : FunctionsAround(row.run->key)) balances[function];
  }
  if (balances.empty()) return balances;
  for (const StackRow& row : rows) {
    for (const uint32_t name : AllNames(row)) {
      const auto found = balances.find(name);
      if (found == balances.end()) continue;
      for (size_t i = 0; i < kFigureCount; ++i) {
        Add(row.figures[i], row.is_worse[i], found->second[i]);
      }
    }
  }
  return balances;
}

std::optional<Shift> FindShift(const StackRow& row, const Balances& balances) {
  for (const uint32_t function : FunctionsAround(row.run->key)) {
    const auto& balance = balances.at(function);
    std::optional<Shift> shift;
    bool is_even = true;
    for (size_t i = 0; i < kFigureCount; ++i) {
      if (!row.is_worse[i]) continue;
      is_even = is_even && balance[i].IsEven();
      if (!shift) shift = {function, static_cast<Figure>(i), balance[i].gained, balance[i].lost};
    }
    if (is_even) return shift;
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::optional<Shift>> FindShifts(std::span<const StackRow> rows) {
  const Balances balances = BalanceAll(rows);
  std::vector<std::optional<Shift>> shifts;
  for (const StackRow& row : rows) {
    shifts.push_back(row.IsWorse() ? FindShift(row, balances) : std::nullopt);
  }
  return shifts;
}

}  // namespace seep::analysis

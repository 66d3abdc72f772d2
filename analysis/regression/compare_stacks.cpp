// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/compare_stacks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "analysis/regression/stack_figures.h"
#include "analysis/regression/stack_groups.h"
#include "analysis/regression/stack_key.h"
#include "analysis/regression/stack_match.h"
#include "analysis/regression/stack_row.h"
#include "analysis/regression/stack_shift.h"
#include "analysis/regression/stack_words.h"
#include "analysis/stats/false_discovery.h"

namespace seep::analysis {
namespace {

using model::StackChangeClass;

constexpr double kRate = 0.05;            // of false ones among the stacks that are said to differ
constexpr double kFloor = 0.03;           // of the stack's own figure: what is less does not matter
constexpr double kLeastOfAll = 0.005;     // of the figure of all stacks, likewise
constexpr double kMattersOfAll = 0.01;    // of all: a smaller stack is not judged
constexpr double kLeast_bytes = 1 << 20;  // in use: neither is this, nor a difference of it

bool HasLoad(const model::RunSummary* run) {
  return run->requests > 0;
}

// Of those runs in which it was found to grow, as FigureChange.base.
double GrowthPerHour(const StackGroup* group) {
  double sum = 0;
  double runs = 0;
  if (group == nullptr) return 0;
  for (const StackFigures& figures : group->runs) {
    if (!(figures.growth_low > 0)) continue;
    sum += figures.growth_per_hour;
    ++runs;
  }
  return runs > 0 ? sum / runs : 0;
}

class StackComparer {
 public:
  StackComparer(std::span<const model::RunSummary* const> base, const model::RunSummary* run)
      : is_per_request_(HasLoad(run) && std::ranges::all_of(base, &HasLoad)),
        base_(GroupStacks(base, keys_)),
        run_(GroupStacks({&run, 1}, keys_)) {
    for (const model::RunSummary* one : base) exposures_.push_back(ExposureOf(*one));
    exposures_.push_back(ExposureOf(*run));
  }

  std::vector<model::StackChange> Compare() {
    Match();
    SumUp();
    Judge(&FigureChange::p_more, &StackRow::is_worse, &StackRow::p_worse);
    Judge(&FigureChange::p_less, &StackRow::is_better, &StackRow::p_better);
    for (StackRow& row : rows_) JudgeGrowth(row);
    const std::vector<std::optional<Shift>> shifts = FindShifts(rows_);
    std::vector<model::StackChange> changes;
    for (size_t i = 0; i < rows_.size(); ++i) changes.push_back(Describe(rows_[i], shifts[i]));
    std::ranges::stable_sort(changes, {}, [this](const auto& change) { return Rank(change); });
    return changes;
  }

 private:
  Exposure ExposureOf(const model::RunSummary& run) const {
    const double hours = run.judged_s / 3600;
    return {is_per_request_ ? run.requests : hours, hours};
  }

  StackRow MakeRow(const StackPair& pair) const {
    StackRow row;
    if (pair.base != StackPair::kNone) row.base = &base_[pair.base];
    if (pair.run != StackPair::kNone) row.run = &run_[pair.run];
    row.similarity = pair.similarity;
    row.figures = CompareFigures(row.base, row.run, exposures_);
    return row;
  }

  // As much on both sides, as far as can be told: the same allocations by another path.
  bool IsAsMuch(size_t base, size_t run) const {
    const StackRow row = MakeRow({base, run});
    return std::ranges::all_of(std::array{kAllocated, kLive}, [&](Figure figure) {
      const FigureChange& change = row.figures[figure];
      return std::min(change.p_more, change.p_less) > kPlain ||
             std::abs(change.difference()) <= kFloor * change.base;
    });
  }

  void Match() {
    std::vector<StackPair> pairs = MatchStacks(base_, run_);
    std::vector<bool> is_gone(base_.size());  // plainly
    std::vector<bool> is_new(run_.size());
    for (const StackPair& pair : pairs) {
      if (pair.run == StackPair::kNone) is_gone[pair.base] = MakeRow(pair).IsPlain();
      if (pair.base == StackPair::kNone) is_new[pair.run] = MakeRow(pair).IsPlain();
    }
    const auto is_moved = [&](size_t base, size_t run) {
      return is_gone[base] && is_new[run] && IsAsMuch(base, run);
    };
    PairMoved(base_, run_, is_moved, pairs);
    for (const StackPair& pair : pairs) rows_.push_back(MakeRow(pair));
  }

  void SumUp() {
    for (size_t figure = 0; figure < kFigureCount; ++figure) {
      double base = 0;
      double run = 0;
      for (const StackRow& row : rows_) {
        base += row.figures[figure].base;
        run += row.figures[figure].value;
      }
      all_[figure] = std::max(base, run);
    }
  }

  // Of all that is allocated or in use at least a share, and of what is in use some bytes.
  bool Matters(const FigureChange& change, Figure figure) const {
    const double least = kMattersOfAll * all_[figure];
    return std::max(change.base, change.value) >=
           (figure == kLive ? std::max(kLeast_bytes, least) : least);
  }
  bool IsBeyondFloors(const FigureChange& change, Figure figure) const {
    const double difference = std::abs(change.difference());
    const double least = kLeastOfAll * all_[figure];
    return difference >= kFloor * change.base &&
           difference >= (figure == kLive ? std::max(kLeast_bytes, least) : least);
  }

  // All figures that matter, in one direction.
  void Judge(double FigureChange::*p_value, std::array<bool, kFigureCount> StackRow::*is_changed,
             double StackRow::*adjusted_p) {
    std::vector<std::pair<StackRow*, Figure>> tested;
    std::vector<double> p_values;
    for (StackRow& row : rows_) {
      for (const Figure figure : {kAllocated, kLive}) {
        if (!Matters(row.figures[figure], figure)) continue;
        tested.emplace_back(&row, figure);
        p_values.push_back(row.figures[figure].*p_value);
      }
    }
    const std::vector<double> adjusted = AdjustForMany(p_values);
    for (size_t i = 0; i < tested.size(); ++i) {
      const auto [row, figure] = tested[i];
      row->*adjusted_p = std::min(row->*adjusted_p, adjusted[i]);
      (row->*is_changed)[figure] =
          adjusted[i] <= kRate && IsBeyondFloors(row->figures[figure], figure);
    }
  }

  // Growth is proved within each run, by a lower bound above 0: a stack that grows now and did in
  // no run of the baseline is worse.
  static void JudgeGrowth(StackRow& row) {
    const FigureChange& change = row.figures[kGrowth];
    if (row.run == nullptr || !(row.run->runs.front().growth_low > 0)) return;
    const bool is_beyond = change.p_more <= kPlain && change.difference() >= kFloor * change.base;
    if (change.base > 0 && !is_beyond) return;
    row.is_worse[kGrowth] = true;
    row.p_worse = std::min(row.p_worse, change.p_more);
  }

  model::StackChange Describe(const StackRow& row, const std::optional<Shift>& shift) const {
    model::StackChange change;
    change.change = row.Class();
    change.is_regression = row.IsWorse() && !shift;
    change.similarity = row.similarity;
    change.is_per_request = is_per_request_;
    change.p_value = row.p_worse;
    const StackGroup& shown = row.run != nullptr ? *row.run : *row.base;
    change.kind = shown.kind;
    change.frames = shown.shown->frames;
    if (row.run != nullptr) {
      change.stack = row.run->shown->stack;
      change.fingerprint = ToText(row.run->key.full);
    }
    if (row.base != nullptr) change.base_fingerprint = ToText(row.base->key.full);
    const bool is_renamed =
        row.base != nullptr && row.run != nullptr && row.base->key.full != row.run->key.full;
    if (is_renamed) change.base_frames = row.base->shown->frames;
    const FigureChange& allocated = row.figures[kAllocated];
    change.base_alloc_bytes = allocated.base;
    change.alloc_bytes = allocated.value;
    change.alloc_difference_low = allocated.difference() - allocated.Reach();
    change.alloc_difference_high = allocated.difference() + allocated.Reach();
    change.base_live_bytes = row.figures[kLive].base;
    change.live_bytes = row.figures[kLive].value;
    change.base_growth_per_hour = GrowthPerHour(row.base);
    change.growth_per_hour = GrowthPerHour(row.run);
    change.explanation = ExplainStack(change, row, all_[kAllocated]);
    if (shift) {
      const std::string& function = keys_.NameOf(shift->function);
      change.explanation += "; " + ExplainShift(*shift, function, is_per_request_);
    }
    return change;
  }

  // What is worst first: regressions by what they cost, as a share of all; then the others by
  // class, each by what it allocates.
  std::tuple<bool, int, double> Rank(const model::StackChange& change) const {
    const auto share = [this](double bytes, Figure figure) {
      return all_[figure] > 0 ? bytes / all_[figure] : 0;
    };
    const double cost =
        std::max({share(change.alloc_bytes - change.base_alloc_bytes, kAllocated),
                  share(change.live_bytes - change.base_live_bytes, kLive),
                  change.growth_per_hour > change.base_growth_per_hour ? 1.0 : 0.0});
    if (change.is_regression) return {false, 0, -cost};
    return {true, ClassRank(change.change),
            -share(std::max(change.alloc_bytes, change.base_alloc_bytes), kAllocated)};
  }
  static int ClassRank(StackChangeClass change) {
    constexpr std::array kRanks{StackChangeClass::kNew,   StackChangeClass::kGrown,
                                StackChangeClass::kMoved, StackChangeClass::kShrunk,
                                StackChangeClass::kGone,  StackChangeClass::kSame};
    return static_cast<int>(std::ranges::find(kRanks, change) - kRanks.begin());
  }

  bool is_per_request_;
  StackKeys keys_;
  std::vector<StackGroup> base_;
  std::vector<StackGroup> run_;
  std::vector<Exposure> exposures_;  // of the baseline's runs, then of the run
  std::vector<StackRow> rows_;
  std::array<double, kFigureCount> all_{};  // of all stacks, on the side where they are more
};

}  // namespace

std::vector<model::StackChange> CompareStacks(std::span<const model::RunSummary> base,
                                              const model::RunSummary& run) {
  std::vector<const model::RunSummary*> judged;
  for (const model::RunSummary& one : base) {
    if (one.judged_s > 0) judged.push_back(&one);
  }
  if (judged.empty() || !(run.judged_s > 0)) return {};
  return StackComparer(judged, &run).Compare();
}

}  // namespace seep::analysis

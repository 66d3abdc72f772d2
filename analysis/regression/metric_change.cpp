// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/metric_change.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>

#include "analysis/regression/feature_kinds.h"
#include "analysis/regression/feature_words.h"
#include "analysis/stats/distributions.h"
#include "analysis/stats/false_discovery.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

using model::ChangeClass;

constexpr double kPriorRuns = 4;  // nu0
constexpr double kSure = 0.005;   // of one figure
constexpr double kRate = 0.02;    // of false ones among all

// One figure on the scale that it is compared on.
struct Reading {
  double value;
  double se;
};

std::optional<Reading> Read(const model::RunSummary& run, const FeatureKind& kind) {
  const auto found = std::ranges::find(run.features, kind.name, &model::RunFeature::name);
  if (found == run.features.end() || !std::isfinite(found->value)) return std::nullopt;
  if (kind.scale == FeatureScale::kDifference) return Reading{found->value, found->se};
  if (!(found->value > 0)) return std::nullopt;
  return Reading{std::log(found->value), found->se / found->value};
}

std::vector<Reading> ReadAll(std::span<const model::RunSummary> runs, const FeatureKind& kind) {
  std::vector<Reading> readings;
  for (const model::RunSummary& run : runs) {
    if (const auto reading = Read(run, kind)) readings.push_back(*reading);
  }
  return readings;
}

double Mean(const std::vector<Reading>& readings) {
  double sum = 0;
  for (const Reading& reading : readings) sum += reading.value;
  return sum / static_cast<double>(readings.size());
}

// What the runs of a baseline say of other runs of the same build.
class Expectation {
 public:
  Expectation(const std::vector<Reading>& base, const FeatureKind& kind)
      : runs_(static_cast<double>(base.size())) {
    std::vector<double> values;
    std::vector<double> errors;
    for (const Reading& reading : base) {
      values.push_back(reading.value);
      errors.push_back(reading.se);
    }
    center_ = Median(values);
    se_ = Median(std::move(errors));
    const double mean = Mean(base);
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double prior = kind.prior_scatter * kind.prior_scatter + se_ * se_;
    variance_ = (kPriorRuns * prior + squares) / Degrees();
  }

  double center() const { return center_; }
  double Degrees() const { return kPriorRuns + runs_ - 1; }

  // Standard error of the difference between `runs` runs and the center. A run that is less sure
  // of its own figure than those of the baseline scatters more.
  double Error(double runs, double run_se) const {
    const double center_price = runs_ < 3 ? 1 : std::numbers::pi / 2;
    const double more = std::max(0.0, run_se * run_se - se_ * se_);
    return std::sqrt((variance_ + more) / runs + center_price * variance_ / runs_);
  }

 private:
  double runs_;
  double center_ = 0;
  double se_ = 0;
  double variance_ = 0;
};

struct Tested {
  model::MetricChange change;
  double p_worse = 1;
  double p_better = 1;
  bool is_beyond_floors = false;
  bool is_each_beyond = false;  // every run by itself
};

class Comparer {
 public:
  Comparer(const FeatureKind& kind, const std::vector<Reading>& base,
           const std::vector<Reading>& runs)
      : kind_(kind), runs_(runs), expected_(base, kind) {}

  void Fill(Tested& tested) const {
    const double count = static_cast<double>(runs_.size());
    double run_se = 0;
    for (const Reading& run : runs_) run_se += run.se / count;
    const double mean = Mean(runs_);
    const double error = expected_.Error(count, run_se);
    const double worse = Sign() * (mean - expected_.center());
    tested.p_worse = StudentTUpperTail(worse / error, expected_.Degrees());
    tested.p_better = StudentTUpperTail(-worse / error, expected_.Degrees());

    const double bound = StudentTQuantile(1 - kSure, expected_.Degrees());
    const double single = bound * expected_.Error(1, run_se);
    tested.is_each_beyond = std::ranges::all_of(runs_, [&](const Reading& run) {
      return Sign() * (run.value - expected_.center()) > single;
    });

    model::MetricChange& change = tested.change;
    change.base = Back(expected_.center());
    change.value = Back(mean);
    change.expected_low = Back(expected_.center() - bound * error);
    change.expected_high = Back(expected_.center() + bound * error);
    const double difference = *change.value - *change.base;
    change.is_relative = kind_.scale == FeatureScale::kRatio;
    change.difference = change.is_relative ? difference / *change.base : difference;
    const double floor = std::max(kind_.floor, kind_.floor_share * std::abs(*change.base));
    change.floor = change.is_relative ? floor / *change.base : floor;
    tested.is_beyond_floors = std::abs(difference) >= floor;
  }

 private:
  double Sign() const { return kind_.worse == WorseWhen::kMore ? 1 : -1; }
  double Back(double value) const {
    return kind_.scale == FeatureScale::kRatio ? std::exp(value) : value;
  }

  const FeatureKind& kind_;
  const std::vector<Reading>& runs_;
  Expectation expected_;
};

ChangeClass Classify(const Tested& tested, double adjusted_worse, double adjusted_better,
                     size_t base_runs, size_t runs) {
  if (!tested.is_beyond_floors) return ChangeClass::kSame;
  if (tested.p_better < kSure && adjusted_better < kRate) return ChangeClass::kImproved;
  if (!(tested.p_worse < kSure && adjusted_worse < kRate)) return ChangeClass::kSame;
  const bool is_proof = base_runs > 1 || (runs > 1 && tested.is_each_beyond);
  return is_proof ? ChangeClass::kRegressed : ChangeClass::kProvisional;
}

int Badness(ChangeClass change) {
  switch (change) {
    case ChangeClass::kRegressed:
      return 0;
    case ChangeClass::kProvisional:
      return 1;
    case ChangeClass::kUnknown:
      return 2;
    case ChangeClass::kImproved:
      return 3;
    case ChangeClass::kSame:
      break;
  }
  return 4;
}

}  // namespace

std::vector<model::MetricChange> CompareMetrics(const model::Baseline& baseline,
                                                std::span<const model::RunSummary> runs) {
  std::vector<Tested> all;
  for (const FeatureKind& kind : FeatureKinds()) {
    if (!kind.is_compared) continue;
    const std::vector<Reading> base = ReadAll(baseline.runs, kind);
    const std::vector<Reading> now = ReadAll(runs, kind);
    if (base.empty() && now.empty()) continue;
    Tested tested;
    tested.change.feature = kind.name;
    tested.change.title = kind.title;
    tested.change.unit = kind.unit;
    tested.change.baseline = baseline.name;
    tested.change.base_runs = base.size();
    if (!base.empty() && !now.empty()) {
      Comparer(kind, base, now).Fill(tested);
    } else if (!now.empty()) {
      tested.change.value = kind.scale == FeatureScale::kRatio ? std::exp(Mean(now)) : Mean(now);
    } else {
      tested.change.base = kind.scale == FeatureScale::kRatio ? std::exp(Mean(base)) : Mean(base);
    }
    all.push_back(std::move(tested));
  }
  std::vector<double> worse;
  std::vector<double> better;
  for (const Tested& tested : all) {
    worse.push_back(tested.p_worse);
    better.push_back(tested.p_better);
  }
  worse = AdjustForMany(worse);
  better = AdjustForMany(better);
  std::vector<model::MetricChange> changes;
  for (size_t i = 0; i < all.size(); ++i) {
    model::MetricChange& change = all[i].change;
    change.p_value = worse[i];
    if (change.base && change.value) {
      change.change = Classify(all[i], worse[i], better[i], change.base_runs, runs.size());
    }
    change.explanation = ExplainChange(change);
    changes.push_back(std::move(change));
  }
  std::ranges::stable_sort(changes, {}, [](const model::MetricChange& change) {
    return std::pair(Badness(change.change), change.p_value);
  });
  return changes;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/choose_shapes.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "analysis/series/partial_fit.h"

namespace seep::analysis {
namespace {

constexpr size_t kMostSteps = 6;
constexpr size_t kMostCycles = 2;
constexpr std::ptrdiff_t kMostCurves = 2;
constexpr size_t kMostImpulsesShare = 6;  // one block in so many

bool IsCurve(const Shape& shape) {
  return shape.kind == ShapeKind::kSaturation || shape.kind == ShapeKind::kBend ||
         shape.kind == ShapeKind::kLateRise || shape.kind == ShapeKind::kAcceleration;
}

bool IsLate(const Shape& shape) {
  return (shape.kind == ShapeKind::kBend || shape.kind == ShapeKind::kLateRise) &&
         shape.at > kLatestBegin;
}

bool IsAllowed(const Shape& shape, const ChosenShapes& chosen, size_t blocks) {
  const size_t count = chosen.Count(shape.kind);
  switch (shape.kind) {
    case ShapeKind::kStep:
      return count < kMostSteps;
    case ShapeKind::kCycle:
      return count < kMostCycles;
    case ShapeKind::kImpulse:
      return count < blocks / kMostImpulsesShare;
    case ShapeKind::kSaturation:
    case ShapeKind::kBend:
    case ShapeKind::kLateRise:
    case ShapeKind::kAcceleration:
      // The line is what comes before the one and after the other.
      if (IsLate(shape) && std::any_of(chosen.shapes.begin(), chosen.shapes.end(), IsLate)) {
        return false;
      }
      return std::count_if(chosen.shapes.begin(), chosen.shapes.end(), IsCurve) < kMostCurves;
  }
  return false;
}

Columns WhitenAll(const NoiseModels& models, size_t k, const Columns& columns) {
  Columns whitened;
  for (const std::vector<double>& column : columns) whitened.push_back(models.Whiten(k, column));
  return whitened;
}

}  // namespace

Columns ChosenShapes::columns() const {
  Columns all;
  for (const Shape& shape : shapes) {
    all.insert(all.end(), shape.columns.begin(), shape.columns.end());
  }
  return all;
}

size_t ChosenShapes::Count(ShapeKind kind) const {
  return static_cast<size_t>(std::count_if(shapes.begin(), shapes.end(),
                                           [=](const Shape& shape) { return shape.kind == kind; }));
}

const Shape* ChosenShapes::Find(ShapeKind kind) const {
  const auto found = std::find_if(shapes.begin(), shapes.end(),
                                  [=](const Shape& shape) { return shape.kind == kind; });
  return found != shapes.end() ? &*found : nullptr;
}

namespace {

class Search {
 public:
  Search(std::span<const double> x, std::span<const double> y, const Columns& given, double quantum,
         double day)
      : candidates_(CandidateShapes(x, day)), blocks_(y.size()), given_(given.size()) {
    const NoiseModels models(x, /*is_coarse=*/true);
    const auto n = static_cast<double>(y.size());
    whitened_.resize(models.size());
    for (size_t k = 0; k < models.size(); ++k) {
      const double least = std::max(n * quantum * quantum / 12 * models.white_share(k), 1e-280);
      PartialFit& partial =
          empty_.emplace_back(models.Whiten(k, y), models.log_determinant(k), least);
      partial.Take(partial.NewPart(WhitenAll(models, k, given)));
      for (const Shape& shape : candidates_) {
        whitened_[k].push_back(WhitenAll(models, k, shape.columns));
      }
    }
  }

  using Choice = std::vector<size_t>;  // of candidates

  Choice Forward() const {
    Choice choice;
    std::vector<PartialFit> partials = empty_;
    ChosenShapes chosen;
    size_t columns = given_;
    for (double before = CriterionOf(partials); columns + 4 < blocks_;) {
      size_t winner = candidates_.size();
      double gain = 0;
      for (size_t c = 0; c < candidates_.size(); ++c) {
        if (!IsAllowed(candidates_[c], chosen, blocks_)) continue;
        const double won = before - CriterionWith(partials, c) - Cost(c);
        if (won <= gain) continue;
        gain = won;
        winner = c;
      }
      if (winner == candidates_.size()) break;
      Take(partials, winner);
      choice.push_back(winner);
      chosen.shapes.push_back(candidates_[winner]);
      columns += candidates_[winner].columns.size();
      before = CriterionOf(partials);
    }
    return choice;
  }

  // The choice with every curve, and every two, in place of its own, each with its weight by the
  // criterion: a second curve that is added to the best first one is not the best pair.
  std::vector<ChosenShapes> Alternatives(Choice choice) const {
    const bool has_curve = std::erase_if(choice, [&](size_t c) { return IsCurve(candidates_[c]); });
    std::vector<PartialFit> partials = empty_;
    ChosenShapes base;
    for (const size_t c : choice) {
      Take(partials, c);
      base.shapes.push_back(candidates_[c]);
    }
    std::vector<Weighed> all{{CriterionOf(partials), {}}};
    for (size_t c = 0; c < candidates_.size(); ++c) {
      if (!IsCurve(candidates_[c])) continue;
      all.push_back({CriterionWith(partials, c) + Cost(c), {c}});
      if (has_curve) AddPairs(partials, c, all);
    }
    return Weigh(base, partials, std::move(all));
  }

 private:
  static constexpr double kLeastWeight = 0.003;

  struct Weighed {
    double criterion = 0;
    Choice curves;
  };
  // `first` with every curve after it.
  void AddPairs(std::vector<PartialFit> partials, size_t first, std::vector<Weighed>& all) const {
    Take(partials, first);
    for (size_t c = first + 1; c < candidates_.size(); ++c) {
      if (!IsCurve(candidates_[c])) continue;
      if (IsLate(candidates_[c]) && IsLate(candidates_[first])) continue;
      all.push_back({CriterionWith(partials, c) + Cost(first) + Cost(c), {first, c}});
    }
  }
  // From the best one on; those that are not meant are passed over.
  std::vector<ChosenShapes> Weigh(const ChosenShapes& base, const std::vector<PartialFit>& partials,
                                  std::vector<Weighed> all) const {
    std::sort(all.begin(), all.end(), [](const Weighed& a, const Weighed& b) {
      return std::tie(a.criterion, a.curves) < std::tie(b.criterion, b.curves);
    });
    std::vector<ChosenShapes> weighed;
    double best = 0;
    double sum = 0;
    for (const Weighed& one : all) {
      if (!std::isfinite(one.criterion)) break;
      if (!weighed.empty() && std::exp((best - one.criterion) / 2) < kLeastWeight) break;
      if (one.curves.size() == 2 && !IsSensible(partials, one.curves)) continue;
      if (weighed.empty()) best = one.criterion;
      ChosenShapes& shapes = weighed.emplace_back(base);
      sum += shapes.weight = std::exp((best - one.criterion) / 2);
      for (const size_t c : one.curves) shapes.shapes.push_back(candidates_[c]);
    }
    for (ChosenShapes& shapes : weighed) shapes.weight /= sum;
    return weighed;
  }
  // Two curves of opposite signs that are nearly alike can stand for anything, a slope above all:
  // beside another curve, what saturates rises.
  bool IsSensible(const std::vector<PartialFit>& partials, const Choice& curves) const {
    const auto is_upward_beside = [&](size_t c, size_t other) {
      if (!candidates_[c].is_upward && candidates_[c].kind != ShapeKind::kSaturation) return true;
      std::vector<PartialFit> beside = partials;
      Take(beside, other);
      const PartialFit* likely = nullptr;
      Columns new_part;
      double least = std::numeric_limits<double>::infinity();
      for (size_t k = 0; k < beside.size(); ++k) {
        Columns columns = beside[k].NewPart(whitened_[k][c]);
        if (columns.empty()) continue;
        const double criterion = beside[k].Criterion(beside[k].SquaresWith(columns));
        if (criterion >= least) continue;
        least = criterion;
        likely = &beside[k];
        new_part = std::move(columns);
      }
      return likely != nullptr && likely->IsUpward(new_part.front());
    };
    return is_upward_beside(curves[0], curves[1]) && is_upward_beside(curves[1], curves[0]);
  }

  double Cost(size_t c) const {
    return static_cast<double>(candidates_[c].columns.size() + 1) *
               std::log(static_cast<double>(blocks_)) +
           2 * std::log(static_cast<double>(candidates_.size()));
  }
  static double CriterionOf(const std::vector<PartialFit>& partials) {
    double best = std::numeric_limits<double>::infinity();
    for (const PartialFit& partial : partials) {
      best = std::min(best, partial.Criterion(partial.squares()));
    }
    return best;
  }
  double CriterionWith(const std::vector<PartialFit>& partials, size_t c) const {
    double best = std::numeric_limits<double>::infinity();
    for (size_t k = 0; k < partials.size(); ++k) {
      const Columns new_part = partials[k].NewPart(whitened_[k][c]);
      if (new_part.empty()) continue;
      if (candidates_[c].is_upward && !partials[k].IsUpward(new_part.front())) continue;
      best = std::min(best, partials[k].Criterion(partials[k].SquaresWith(new_part)));
    }
    return best;
  }
  void Take(std::vector<PartialFit>& partials, size_t c) const {
    for (size_t k = 0; k < partials.size(); ++k) {
      partials[k].Take(partials[k].NewPart(whitened_[k][c]));
    }
  }

  std::vector<Shape> candidates_;
  size_t blocks_;
  size_t given_;
  std::vector<PartialFit> empty_;
  std::vector<std::vector<Columns>> whitened_;
};

}  // namespace

std::vector<ChosenShapes> ChooseShapes(std::span<const double> x, std::span<const double> y,
                                       const Columns& given, double quantum, double day) {
  const Search search(x, y, given, quantum, day);
  return search.Alternatives(search.Forward());
}

}  // namespace seep::analysis

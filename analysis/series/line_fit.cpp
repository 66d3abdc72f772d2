// SPDX-License-Identifier: Apache-2.0
#include "analysis/series/line_fit.h"

#include <algorithm>

namespace seep::analysis {
namespace {

// Constant, covariates, shapes, time last.
Columns Design(std::span<const double> x, const Columns& covariates, const Columns& shapes) {
  Columns design{std::vector<double>(x.size(), 1.0)};
  design.insert(design.end(), covariates.begin(), covariates.end());
  design.insert(design.end(), shapes.begin(), shapes.end());
  design.emplace_back(x.begin(), x.end());
  return design;
}

// Over all of `choices`, by their weights.
LineFit FitChoices(std::span<const double> x, const std::vector<double>& y,
                   const Columns& covariates, double quantum,
                   const std::vector<ChosenShapes>& choices) {
  const NoiseModels models(x, /*is_coarse=*/false);
  LineFit best;
  std::vector<SlopePosterior> posteriors;
  std::vector<double> weights;
  double sum = 0;
  for (const ChosenShapes& shapes : choices) {
    SlopePosterior posterior(models, Design(x, covariates, shapes.columns()), y, quantum);
    if (!posterior.is_solvable()) continue;
    posteriors.push_back(std::move(posterior));
    weights.push_back(shapes.weight);
    sum += shapes.weight;
    if (posteriors.size() == 1 || shapes.weight > best.shapes.weight) best.shapes = shapes;
  }
  for (double& weight : weights) weight /= sum;
  best.slope = SlopePosterior::Mix(posteriors, weights);
  best.adjusted = y;
  if (!best.slope.is_solvable()) return best;
  Columns beside = covariates;
  const Columns columns = best.shapes.columns();
  beside.insert(beside.end(), columns.begin(), columns.end());
  for (size_t j = 0; j < beside.size(); ++j) {
    const double effect = best.slope.coefficients()[j + 1];
    if (j >= covariates.size()) best.effects.push_back(effect);
    for (size_t i = 0; i < y.size(); ++i) best.adjusted[i] -= effect * beside[j][i];
  }
  return best;
}

}  // namespace

double LineFit::Since() const {
  constexpr double kBefore = 0.25;  // of the slope: more, and it only accelerates
  size_t column = 0;
  for (const Shape& shape : shapes.shapes) {
    const bool is_bend = shape.kind == ShapeKind::kBend && effects[column] < 0;
    if (is_bend && slope.mean() + effects[column] < kBefore * slope.mean()) return shape.at;
    column += shape.columns.size();
  }
  return 0;
}

LineFit FitLine(std::span<const double> x, const std::vector<double>& y, const Columns& covariates,
                double quantum, double day) {
  return FitChoices(x, y, covariates, quantum,
                    ChooseShapes(x, y, Design(x, covariates, {}), quantum, day));
}

LineFit FitThroughSteps(std::span<const double> x, const std::vector<double>& y,
                        const Columns& covariates, double quantum, const LineFit& fit) {
  ChosenShapes shapes = fit.shapes;
  std::erase_if(shapes.shapes, [](const Shape& shape) { return shape.kind == ShapeKind::kStep; });
  return FitChoices(x, y, covariates, quantum, {shapes});
}

}  // namespace seep::analysis

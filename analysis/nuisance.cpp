// SPDX-License-Identifier: Apache-2.0
#include "analysis/nuisance.h"

#include <cmath>
#include <optional>

#include "analysis/least_squares.h"
#include "analysis/robust.h"

namespace seep::analysis {
namespace {

constexpr int kMostNuisances = 3;
constexpr size_t kEdgeBlocks = 2;  // a step needs this many blocks on both sides
constexpr double kTimeConstants[] = {0.05, 0.08, 0.12, 0.18, 0.27, 0.4, 0.6};  // of the window
constexpr double kFullAt[] = {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9};         // of the window

struct Candidate {
  std::vector<double> column;
  bool is_step = false;
};

std::vector<Candidate> Candidates(const std::vector<double>& time_s) {
  std::vector<Candidate> candidates;
  const size_t n = time_s.size();
  for (size_t at = kEdgeBlocks; at + kEdgeBlocks <= n; ++at) {
    Candidate step{std::vector<double>(n, 0.0), true};
    for (size_t i = at; i < n; ++i) step.column[i] = 1;
    candidates.push_back(std::move(step));
  }
  const double span_s = time_s.back() - time_s.front();
  const auto add_shape = [&](auto shape) {
    Candidate saturation;
    for (const double t : time_s) saturation.column.push_back(shape((t - time_s[0]) / span_s));
    candidates.push_back(std::move(saturation));
  };
  for (const double tau : kTimeConstants) {
    add_shape([&](double x) { return 1 - std::exp(-x / tau); });
  }
  for (const double full : kFullAt) {
    add_shape([&](double x) { return std::min(x, full); });
  }
  return candidates;
}

// Constant, chosen columns, time last.
std::vector<std::vector<double>> Design(const std::vector<double>& time_s,
                                        const std::vector<std::vector<double>>& chosen) {
  std::vector<std::vector<double>> design{std::vector<double>(time_s.size(), 1.0)};
  design.insert(design.end(), chosen.begin(), chosen.end());
  design.push_back(time_s);
  return design;
}

// BIC with two parameters more (size and place) on the effective number of blocks. The place is the
// best of many, which costs 2 ln(candidates) (the risk inflation criterion: Foster & George 1994);
// without it the slope of autocorrelated noise is explained away and its interval is too narrow.
// `noise` keeps a fit below the resolution from counting.
bool IsBetter(double squares, const LeastSquaresFit& fit, double noise, int columns,
              size_t candidates) {
  const double phi = ResidualAutocorrelation(fit.residuals, columns);
  const double effective =
      std::max(4.0, static_cast<double>(fit.residuals.size()) / VarianceInflation(phi));
  const double gain = effective * std::log((squares + noise) / (fit.residual_squares + noise));
  return gain > 2 * std::log(effective) + 2 * std::log(static_cast<double>(candidates));
}

}  // namespace

Nuisances FindNuisances(const std::vector<double>& time_s, const std::vector<double>& y,
                        double quantum) {
  Nuisances found;
  const double noise = static_cast<double>(y.size()) * quantum * quantum / 12;
  LeastSquaresFit current = FitLeastSquares(Design(time_s, {}), y);
  if (!current.is_solvable || time_s.size() < 2 * kEdgeBlocks + 1) return found;
  const std::vector<Candidate> candidates = Candidates(time_s);
  for (int round = 0; round <= kMostNuisances; ++round) {
    const Candidate* best = nullptr;
    LeastSquaresFit best_fit = current;
    for (const Candidate& candidate : candidates) {
      if (!candidate.is_step && found.is_saturating) continue;
      std::vector<std::vector<double>> columns = found.columns;
      columns.push_back(candidate.column);
      LeastSquaresFit fit = FitLeastSquares(Design(time_s, columns), y);
      // The new column is the last but one coefficient.
      if (!fit.is_solvable || fit.coefficients[columns.size()] <= 0) continue;
      if (fit.residual_squares < best_fit.residual_squares) {
        best = &candidate;
        best_fit = std::move(fit);
      }
    }
    const int columns = static_cast<int>(found.columns.size()) + 3;
    if (best == nullptr ||
        !IsBetter(current.residual_squares, best_fit, noise, columns, candidates.size()))
      break;
    if (round == kMostNuisances) return found.is_saturating ? found : Nuisances{};
    found.columns.push_back(best->column);
    found.steps += best->is_step ? 1 : 0;
    found.is_saturating = found.is_saturating || !best->is_step;
    current = std::move(best_fit);
  }
  return found;
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
#include "analysis/memory/attribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "analysis/stats/distributions.h"
#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

constexpr size_t kFewestTimes = 12;
constexpr size_t kTimesPerBlock = 3;
constexpr size_t kMostBlocks = 32;

using Values = std::vector<double>;

// Means of consecutive values: linear, so that what adds up before adds up after.
Values BlockMeans(const Values& values, size_t blocks) {
  Values means;
  for (size_t block = 0; block < blocks; ++block) {
    const auto from = values.begin() + static_cast<long>(block * values.size() / blocks);
    const auto to = values.begin() + static_cast<long>((block + 1) * values.size() / blocks);
    means.push_back(std::accumulate(from, to, 0.0) / static_cast<double>(to - from));
  }
  return means;
}

// Slopes over `x` as one linear function of y: slope = sum c y.
class Line {
 public:
  Line(const Values& x, const Values& weights) : x_(x), weights_(weights) {
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      sum += weights[i];
      mean_x_ += weights[i] * x[i];
    }
    mean_x_ /= sum;
    for (size_t i = 0; i < x.size(); ++i) {
      squares_ += weights[i] * (x[i] - mean_x_) * (x[i] - mean_x_);
    }
    weight_sum_ = sum;
  }
  double SlopeOf(const Values& y) const {
    double products = 0;
    for (size_t i = 0; i < y.size(); ++i) products += weights_[i] * (x_[i] - mean_x_) * y[i];
    return products / squares_;
  }
  Values ResidualsOf(const Values& y) const {
    const double slope = SlopeOf(y);
    double mean = 0;
    for (size_t i = 0; i < y.size(); ++i) mean += weights_[i] * y[i] / weight_sum_;
    Values residuals;
    for (size_t i = 0; i < y.size(); ++i)
      residuals.push_back(y[i] - mean - slope * (x_[i] - mean_x_));
    return residuals;
  }
  // Of the slopes of two series with these residuals; the same twice: the variance. Each is
  // inflated by its own autocorrelation (analysis.md 2.2.5).
  double Covariance(const Values& a, const Values& b) const {
    double products = 0;
    for (size_t i = 0; i < a.size(); ++i) products += weights_[i] * a[i] * b[i];
    const double inflation = std::sqrt(VarianceInflation(ResidualAutocorrelation(a, 2)) *
                                       VarianceInflation(ResidualAutocorrelation(b, 2)));
    return products / static_cast<double>(a.size() - 2) / squares_ * inflation;
  }

 private:
  const Values& x_;
  const Values& weights_;
  double mean_x_ = 0;
  double squares_ = 0;
  double weight_sum_ = 0;
};

// Iteratively reweighted (Huber 1964): a wild block of the whole weighs less in all parts.
Values HuberWeights(const Values& x, const Values& y) {
  constexpr int kIterations = 15;
  constexpr double kHuber = 1.345;  // 95 % efficient for normal noise
  constexpr double kMadToSigma = 1.4826;
  Values weights(x.size(), 1.0);
  for (int i = 0; i < kIterations; ++i) {
    const Values residuals = Line(x, weights).ResidualsOf(y);
    Values sizes;
    for (const double residual : residuals) sizes.push_back(std::abs(residual));
    const double reach = kHuber * kMadToSigma * Median(sizes);
    if (!(reach > 0)) break;
    for (size_t k = 0; k < weights.size(); ++k) weights[k] = std::min(1.0, reach / sizes[k]);
  }
  return weights;
}

}  // namespace

double Attribution::ShareOf(std::string_view name) const {
  double share = 0;
  for (const model::AttributionPart& part : parts) share += part.name == name ? part.share : 0;
  return share;
}

const model::AttributionPart* Attribution::Dominant() const {
  if (parts.empty() || !(rss_slope_per_hour > 0)) return nullptr;
  const auto most = std::max_element(
      parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.share < b.share; });
  // A page of a file is dirty until it is written back: the two are one growth.
  const double files = ShareOf(model::part::kFileDirty) + ShareOf(model::part::kFileClean);
  const bool is_file =
      most->name == model::part::kFileDirty || most->name == model::part::kFileClean;
  return (is_file ? files : most->share) >= kDominantShare ? &*most : nullptr;
}

Attribution Attribute(const MemoryParts& memory) {
  Attribution attribution;
  const size_t times = memory.time_s.size();
  if (times < kFewestTimes) return attribution;
  const size_t blocks = std::min(times / kTimesPerBlock, kMostBlocks);
  const Values x = BlockMeans(memory.time_s, blocks);
  if (!(x.back() > x.front())) return attribution;
  const Values total = BlockMeans(memory.total_bytes, blocks);
  const Values weights = HuberWeights(x, total);
  const Line line(x, weights);
  const Values total_residuals = line.ResidualsOf(total);
  const double whole = line.SlopeOf(total);
  const double whole_variance = line.Covariance(total_residuals, total_residuals);
  const double reach = StudentTQuantile(0.975, static_cast<double>(blocks - 2));
  for (const MemoryParts::Part& measured : memory.parts) {
    const Values values = BlockMeans(measured.bytes, blocks);
    const Values residuals = line.ResidualsOf(values);
    model::AttributionPart part;
    part.name = measured.name;
    const double slope = line.SlopeOf(values);
    part.slope_per_hour = 3600 * slope;
    attribution.rss_slope_per_hour += part.slope_per_hour;
    part.share = whole != 0 ? slope / whole : 0;
    // Of a ratio, by the delta method.
    const double variance = line.Covariance(residuals, residuals) -
                            2 * part.share * line.Covariance(residuals, total_residuals) +
                            part.share * part.share * whole_variance;
    const double half = whole != 0 ? reach * std::sqrt(std::max(0.0, variance)) / std::abs(whole)
                                   : std::numeric_limits<double>::infinity();
    part.share_low = part.share - half;
    part.share_high = part.share + half;
    attribution.parts.push_back(std::move(part));
  }
  return attribution;
}

}  // namespace seep::analysis

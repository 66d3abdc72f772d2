// SPDX-License-Identifier: Apache-2.0
#include "analysis/memory/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "analysis/stats/robust.h"

namespace seep::analysis {
namespace {

constexpr size_t kDraws = 2000;
// Slope and end are a little surer of themselves than they are right (the shapes were chosen on the
// same data). On the tuning split of bench/accuracy this makes 90 % of 84 %.
constexpr double kWiden = 1.25;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class FirstPassage {
 public:
  FirstPassage(const Trend& memory, double limit)
      : memory_(memory),
        limit_(limit),
        mean_(memory.slope.mean()),
        slices_(memory.peaks_above_line.size()),
        slice_s_(memory.usable_s / static_cast<double>(slices_)),
        // Long enough to keep what belongs together, short enough to be many.
        chunk_(std::max<size_t>(1, static_cast<size_t>(std::lround(std::sqrt(slices_))))),
        highest_(
            *std::max_element(memory.peaks_above_line.begin(), memory.peaks_above_line.end())) {}

  // Seconds from the end of the run; infinite: never.
  double Draw() {
    const double slope = memory_.slope.Draw(Uniform(), Uniform());
    const double slope_per_s = (mean_ + kWiden * (slope - mean_)) / memory_.usable_s;
    const double missing = limit_ - memory_.end_level + kWiden * EndError();
    const double horizon_s = kHorizonFactor * memory_.usable_s;
    // Before that no peak of the run would do.
    const double earliest_s = missing <= highest_ ? 0
                              : slope_per_s > 0   ? (missing - highest_) / slope_per_s
                                                  : horizon_s;
    size_t from = 0;
    for (size_t i = 0;; ++i) {
      const double at_s = earliest_s + static_cast<double>(i) * slice_s_;
      if (at_s >= horizon_s) break;
      if (i % chunk_ == 0) from = Pick(slices_);
      const double peak = memory_.peaks_above_line[(from + i % chunk_) % slices_];
      if (slope_per_s * at_s + peak >= missing) return at_s;
    }
    const double rest = missing - memory_.peak_above_line;
    return slope_per_s > 0 ? std::max(horizon_s, rest / slope_per_s) : kInfinity;
  }

 private:
  // The end of the line is the median of so many blocks: how far such a median lies from the line.
  double EndError() {
    constexpr size_t kLastBlocks = 3;
    const std::vector<double>& residuals = memory_.residuals;
    if (residuals.size() < kLastBlocks) return 0;
    const auto from =
        residuals.begin() + static_cast<long>(Pick(residuals.size() - kLastBlocks + 1));
    return Median({from, from + kLastBlocks});
  }
  double Uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
  size_t Pick(size_t count) { return static_cast<size_t>(random_() % count); }

  const Trend& memory_;
  double limit_;
  double mean_;  // of the slope
  size_t slices_;
  double slice_s_;
  size_t chunk_;
  double highest_;
  std::mt19937_64 random_;  // the default seed: the same verdict every time
};

}  // namespace

model::Forecast ForecastReach(const Trend& trend, uint64_t limit, const std::string& limit_source) {
  FirstPassage passage(trend, static_cast<double>(limit));
  std::vector<double> hours;
  for (size_t i = 0; i < kDraws; ++i) hours.push_back(passage.Draw() / 3600);
  std::sort(hours.begin(), hours.end());
  const auto at = [&](double share) { return hours[static_cast<size_t>(share * (kDraws - 1))]; };
  model::Forecast forecast;
  forecast.limit = limit;
  forecast.limit_source = limit_source;
  forecast.hours = at(0.5);
  forecast.low = at(0.05);
  forecast.high = at(0.95);
  forecast.is_beyond_horizon = forecast.hours * 3600 > kHorizonFactor * trend.usable_s;
  return forecast;
}

std::optional<model::Forecast> ForecastLimit(const model::Run& run, const Trend& memory) {
  if (run.limit_bytes == 0 || !model::IsGrowth(memory.growth_class)) return {};
  model::Forecast forecast = ForecastReach(memory, run.limit_bytes, run.limit_source);
  forecast.metric = model::metric::kRssSwap;
  forecast.unit = "bytes";
  return forecast;
}

}  // namespace seep::analysis

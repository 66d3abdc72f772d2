// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/evidence.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <span>

#include "analysis/stats/distributions.h"

namespace seep::analysis {
namespace {

constexpr double kTroughRise = 0.2;    // of the net growth
constexpr double kStoppedShare = 0.5;  // of the mean pace, in the last part
constexpr double kStoppedDeviate = 1.645;
constexpr double kSureDeviate = 1.645;  // of a change of load
constexpr double kExactDeviate = 100;   // every allocation counted: no sampling error

double Mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Variance of the net change per sixth over the blocks that came and went in one.
double Overdispersion(std::span<const double> net, double turnover) {
  const double mean = Mean(net);
  double squares = 0;
  for (const double one : net) squares += (one - mean) * (one - mean);
  const double variance = squares / (static_cast<double>(net.size()) - 1);
  return std::max(1.0, variance / std::max(1.0, turnover));
}

// More work holds more memory, for as long as it is done. The ratio that is certain: the lower
// bound of that of two Poisson counts.
double LoadRatio(const StackTally& tally) {
  const double first = tally.births.front() + 1;
  const double last = tally.births.back() + 1;
  return std::max(1.0, last / first * std::exp(-kSureDeviate * std::sqrt(1 / first + 1 / last)));
}

// One-sided exact test of a stationary stack on counts divided by the overdispersion.
double StationaryP(double born, double died, const StackEvidence& evidence) {
  const auto scaled = [&](double count) {
    return static_cast<uint64_t>(std::floor(count / evidence.overdispersion + 1e-9));
  };
  return BinomialUpperTail(scaled(born), scaled(born + died),
                           evidence.load_ratio / (1 + evidence.load_ratio));
}

// The last sixth, or the last two, gained clearly less than the mean: a cache that is full. How
// much is clear the sixths before tell: the stop itself would pass for overdispersion.
bool HasStopped(const StackTally& tally) {
  const std::span<const double> net = tally.live_net;
  double gained = 0;
  for (size_t parts = 1; parts <= 2; ++parts) {
    const double overdispersion =
        Overdispersion(net.first(kBirthWindows - parts), tally.live_turnover);
    gained += net[kBirthWindows - parts];
    const double expected = Mean(net) * static_cast<double>(parts);
    const double deviation =
        std::sqrt(overdispersion * tally.live_turnover * static_cast<double>(parts));
    if (gained < kStoppedShare * expected && gained < expected - kStoppedDeviate * deviation) {
      return true;
    }
  }
  return false;
}

}  // namespace

StackEvidence WeighTally(const StackTally& tally) {
  StackEvidence evidence;
  evidence.overdispersion = Overdispersion(tally.settled_net, tally.settled_turnover);
  evidence.load_ratio = LoadRatio(tally);
  evidence.p_value = StationaryP(tally.born, tally.died, evidence);
  evidence.p_late = StationaryP(tally.born_late, tally.died_late, evidence);
  // Half a sample at least: the share of a bin that lies mostly elsewhere does not count.
  evidence.birth_windows =
      static_cast<size_t>(std::count_if(tally.survivors.begin(), tally.survivors.end(),
                                        [](double samples) { return samples >= 0.5; }));
  evidence.has_stopped = HasStopped(tally);
  evidence.has_rising_troughs =
      tally.trough_late - tally.trough_early > kTroughRise * (tally.born - tally.died);
  return evidence;
}

double GrowthDeviate(const StackTally& tally, const StackEvidence& evidence) {
  if (!(tally.growth_variance > 0)) return tally.growth_bytes > 0 ? kExactDeviate : 0;
  return tally.growth_bytes / std::sqrt(evidence.overdispersion * tally.growth_variance);
}

}  // namespace seep::analysis

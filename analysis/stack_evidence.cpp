// SPDX-License-Identifier: Apache-2.0
#include "analysis/stack_evidence.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "analysis/stats/distributions.h"

namespace seep::analysis {
namespace {

constexpr double kTroughRise = 0.2;    // of the net growth
constexpr double kStoppedShare = 0.5;  // of the mean pace, in the last part
constexpr double kStoppedDeviate = 1.645;
constexpr double kEndOfTime_s = 1e300;  // the last bin may end after the last snapshot
constexpr double kSixths = kBirthWindows;

double LiveSamples(const model::StackHistory& history, double t_s) {
  return static_cast<double>(StateAt(history, t_s).live_samples);
}

struct Survivors {
  double samples = 0;
  double variance = 0;
};

// Survivors born in [from, to). A bin over the border counts with the share of its time inside:
// bins are not aligned to the window, and within one births are taken as uniform.
Survivors BornIn(const model::StackHistory& history, double from_s, double to_s) {
  Survivors born;
  for (const model::SurvivorBin& bin : history.survivors) {
    const double length_s = bin.born_to_s - bin.born_from_s;
    const double inside_s = std::min(bin.born_to_s, to_s) - std::max(bin.born_from_s, from_s);
    if (!(length_s > 0) || !(inside_s > 0)) continue;
    const double share = std::min(1.0, inside_s / length_s);
    born.samples += share * static_cast<double>(bin.samples);
    born.variance += share * bin.variance;
  }
  return born;
}

// Changes of the live count per sixth, and the turnover behind them. A block that lives shorter
// than a sixth shows at most once at each border, so the live counts there bound the turnover.
void TallySixths(const model::StackHistory& history, const Window& window, StackTally& tally) {
  const double length_s = (window.end_s - window.begin_s) / kSixths;
  model::StackPoint before = StateAt(history, window.begin_s);
  for (size_t i = 0; i < kBirthWindows; ++i) {
    const double from_s = window.begin_s + length_s * static_cast<double>(i);
    const double until_s = i + 1 == kBirthWindows ? window.end_s : from_s + length_s;
    const model::StackPoint now = StateAt(history, until_s);
    const auto live_before = static_cast<double>(before.live_samples);
    const auto live_now = static_cast<double>(now.live_samples);
    const double births =
        static_cast<double>(now.alloc_samples) - static_cast<double>(before.alloc_samples);
    const double net = live_now - live_before;
    const double deaths = std::max(0.0, births - net);
    tally.born_per_sixth[i] = BornIn(history, from_s, until_s).samples;
    tally.net_per_sixth[i] = net;
    tally.turnover_per_sixth +=
        (std::min(births, live_now) + std::min(deaths, live_before)) / kSixths;
    before = now;
  }
}

// One-sided exact test of a stationary stack on counts divided by the overdispersion.
double StationaryP(double born, double died, double overdispersion) {
  const auto scaled = [&](double count) {
    return static_cast<uint64_t>(std::floor(count / overdispersion));
  };
  return FairCoinUpperTail(scaled(born), scaled(born + died));
}

double MeanNet(const StackTally& tally) {
  return std::accumulate(tally.net_per_sixth.begin(), tally.net_per_sixth.end(), 0.0) / kSixths;
}

double Overdispersion(const StackTally& tally) {
  const double mean = MeanNet(tally);
  double squares = 0;
  for (const double net : tally.net_per_sixth) squares += (net - mean) * (net - mean);
  const double variance = squares / (kSixths - 1);
  return std::max(1.0, variance / std::max(1.0, tally.turnover_per_sixth));
}

// The last sixth, or the last two, gained clearly less than the mean: a cache that is full.
bool HasStopped(const StackTally& tally, double overdispersion) {
  double gained = 0;
  for (size_t parts = 1; parts <= 2; ++parts) {
    gained += tally.net_per_sixth[kBirthWindows - parts];
    const double expected = MeanNet(tally) * static_cast<double>(parts);
    const double deviation =
        std::sqrt(overdispersion * tally.turnover_per_sixth * static_cast<double>(parts));
    if (gained < kStoppedShare * expected && gained < expected - kStoppedDeviate * deviation) {
      return true;
    }
  }
  return false;
}

double LeastLiveSamples(const model::StackHistory& history, double from_s, double to_s) {
  double least = LiveSamples(history, from_s);
  for (const model::StackPoint& point : history.points) {
    if (point.t_s < from_s || point.t_s > to_s) continue;
    least = std::min(least, static_cast<double>(point.live_samples));
  }
  return least;
}

}  // namespace

StackTally& StackTally::operator+=(const StackTally& other) {
  born += other.born;
  died += other.died;
  born_late += other.born_late;
  died_late += other.died_late;
  for (size_t i = 0; i < kBirthWindows; ++i) {
    born_per_sixth[i] += other.born_per_sixth[i];
    net_per_sixth[i] += other.net_per_sixth[i];
  }
  turnover_per_sixth += other.turnover_per_sixth;
  growth_bytes += other.growth_bytes;
  growth_variance += other.growth_variance;
  return *this;
}

model::StackPoint StateAt(const model::StackHistory& history, double t_s) {
  const auto after =
      std::upper_bound(history.points.begin(), history.points.end(), t_s,
                       [](double t, const model::StackPoint& point) { return t < point.t_s; });
  return after == history.points.begin() ? model::StackPoint{} : *(after - 1);
}

StackTally TallyStack(const model::StackHistory& history, const Window& window) {
  const model::StackPoint first = StateAt(history, window.begin_s);
  const model::StackPoint last = StateAt(history, window.end_s);
  const double middle_s = (window.begin_s + window.end_s) / 2;
  const auto live_end = static_cast<double>(last.live_samples);
  const Survivors born = BornIn(history, window.begin_s, kEndOfTime_s);

  StackTally tally;
  tally.born = std::round(born.samples);
  tally.died = std::max(0.0, tally.born - (live_end - static_cast<double>(first.live_samples)));
  tally.born_late = std::round(BornIn(history, middle_s, kEndOfTime_s).samples);
  tally.died_late = std::max(0.0, tally.born_late - (live_end - LiveSamples(history, middle_s)));
  TallySixths(history, window, tally);
  tally.growth_bytes = last.live_bytes - first.live_bytes;
  // Blocks alive at both ends cancel: V(B2 - B1) = V(born and alive) + V(died) (analysis.md 2.4.1).
  // The variance of the dead is that of the begin without that of its survivors.
  const double old_variance = std::max(0.0, last.live_variance - born.variance);
  tally.growth_variance = born.variance + std::max(0.0, first.live_variance - old_variance);
  return tally;
}

StackEvidence WeighTally(const StackTally& tally) {
  StackEvidence evidence;
  evidence.overdispersion = Overdispersion(tally);
  evidence.p_value = StationaryP(tally.born, tally.died, evidence.overdispersion);
  evidence.p_late = StationaryP(tally.born_late, tally.died_late, evidence.overdispersion);
  // Half a sample at least: the share of a bin that lies mostly elsewhere does not count.
  evidence.birth_windows =
      static_cast<size_t>(std::count_if(tally.born_per_sixth.begin(), tally.born_per_sixth.end(),
                                        [](double samples) { return samples >= 0.5; }));
  evidence.has_stopped = HasStopped(tally, evidence.overdispersion);
  return evidence;
}

bool HasRisingTroughs(const model::StackHistory& history, const Window& window) {
  const double middle_s = (window.begin_s + window.end_s) / 2;
  const double net = LiveSamples(history, window.end_s) - LiveSamples(history, window.begin_s);
  const double rise = LeastLiveSamples(history, middle_s, window.end_s) -
                      LeastLiveSamples(history, window.begin_s, middle_s);
  return rise > kTroughRise * net;
}

double MedianAge_s(const model::StackHistory& history, double end_s) {
  double total = 0;
  for (const model::SurvivorBin& bin : history.survivors) total += static_cast<double>(bin.samples);
  double seen = 0;
  for (const model::SurvivorBin& bin : history.survivors) {  // oldest first
    const auto samples = static_cast<double>(bin.samples);
    if (samples > 0 && seen + samples >= total / 2) {
      const double share = (total / 2 - seen) / samples;
      const double born_s = bin.born_from_s + share * (bin.born_to_s - bin.born_from_s);
      return std::max(0.0, end_s - born_s);
    }
    seen += samples;
  }
  return 0;
}

}  // namespace seep::analysis

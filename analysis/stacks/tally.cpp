// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/tally.h"

#include <algorithm>
#include <cmath>

#include "analysis/stacks/timeline.h"

namespace seep::analysis {
namespace {

constexpr double kSixths = kBirthWindows;
constexpr double kEndOfTime_s = 1e300;  // the last bin may end after the last snapshot

void Add(std::array<double, kBirthWindows>& to, const std::array<double, kBirthWindows>& other) {
  for (size_t i = 0; i < kBirthWindows; ++i) to[i] += other[i];
}

// A block that lives shorter than a sixth shows at most once at each border, so the live counts
// there bound the turnover. Of settled blocks the arrivals are not kept: at least those that are
// still there, and what the count has gained.
void TallySixths(const Timeline& timeline, const Window& window, StackTally& tally) {
  const double length_s = (window.end_s - window.begin_s) / kSixths;
  double from_s = window.begin_s;
  Timeline::State before = timeline.At(from_s);
  for (size_t i = 0; i < kBirthWindows; ++i) {
    const bool is_last = i + 1 == kBirthWindows;
    const double border_s = window.begin_s + length_s * static_cast<double>(i + 1);
    const double to_s = is_last ? window.end_s : timeline.WindowBegin(border_s, window.end_s);
    const Timeline::State now = timeline.At(to_s);
    const double births = now.born - before.born;
    const double net = now.live - before.live;
    const double deaths = std::max(0.0, births - net);
    tally.births[i] = births;
    tally.survivors[i] = timeline.BornIn(from_s, is_last ? kEndOfTime_s : to_s).samples;
    tally.live_net[i] = net;
    tally.live_turnover += (std::min(births, now.live) + std::min(deaths, before.live)) / kSixths;
    const double settled_net = now.settled - before.settled;
    const double still_there =
        timeline.BornIn(timeline.SettledBefore(from_s), timeline.SettledBefore(to_s)).samples;
    const double arrivals = std::max({still_there, settled_net, 0.0});
    tally.settled_net[i] = settled_net;
    tally.settled_turnover += (arrivals + std::max(0.0, arrivals - settled_net)) / kSixths;
    before = now;
    from_s = to_s;
  }
}

// Blocks that settled between the two times and are there at the end of the window, and those that
// were settled before and are gone.
void CountSettled(const Timeline& timeline, double from_s, double to_s, double* born,
                  double* died) {
  const double net = timeline.At(to_s).settled - timeline.At(from_s).settled;
  *born = timeline.BornIn(timeline.SettledBefore(from_s), timeline.SettledBefore(to_s)).samples;
  *died = std::max(0.0, *born - net);
}

struct BlockWeight {
  double bytes = 0;
  double variance = 0;
};

// What a settled block stands for: as much as those that are there, or, when all are gone, as the
// blocks of the begin.
BlockWeight WeightOf(const Timeline& timeline, const model::StackHistory& history,
                     const Window& window) {
  const Timeline::Survivors there =
      timeline.BornIn(timeline.SettledBefore(window.begin_s), timeline.SettledBefore(window.end_s));
  if (there.samples > 0) return {there.bytes / there.samples, there.variance / there.samples};
  const model::StackPoint before = PointAt(history, window.begin_s);
  const auto samples = static_cast<double>(before.live_samples);
  if (!(samples > 0)) return {};
  return {before.live_bytes / samples, before.live_variance / samples};
}

}  // namespace

StackTally& StackTally::operator+=(const StackTally& other) {
  born += other.born;
  died += other.died;
  born_late += other.born_late;
  died_late += other.died_late;
  Add(settled_net, other.settled_net);
  settled_turnover += other.settled_turnover;
  Add(live_net, other.live_net);
  live_turnover += other.live_turnover;
  Add(births, other.births);
  Add(survivors, other.survivors);
  trough_early += other.trough_early;
  trough_late += other.trough_late;
  end_live += other.end_live;
  growth_bytes += other.growth_bytes;
  growth_variance += other.growth_variance;
  return *this;
}

StackTally TallyStack(const model::StackHistory& history, const Window& judged) {
  const Timeline timeline(history);
  const Window window{timeline.WindowBegin(judged.begin_s, judged.end_s), judged.end_s};
  const double middle_s = timeline.WindowBegin((window.begin_s + window.end_s) / 2, window.end_s);
  StackTally tally;
  CountSettled(timeline, window.begin_s, window.end_s, &tally.born, &tally.died);
  CountSettled(timeline, middle_s, window.end_s, &tally.born_late, &tally.died_late);
  TallySixths(timeline, window, tally);
  tally.trough_early = timeline.LeastLive(window.begin_s, middle_s);
  tally.trough_late = timeline.LeastLive(middle_s, window.end_s);
  tally.end_live = timeline.At(window.end_s).live;
  const BlockWeight weight = WeightOf(timeline, history, window);
  // They settled over a shorter time than the window is long.
  const double stretch = (window.end_s - window.begin_s) / (timeline.SettledBefore(window.end_s) -
                                                            timeline.SettledBefore(window.begin_s));
  tally.growth_bytes = stretch * (tally.born - tally.died) * weight.bytes;
  // Blocks that are there at both ends cancel (analysis.md 2.4.1).
  tally.growth_variance = stretch * stretch * (tally.born + tally.died) * weight.variance;
  return tally;
}

}  // namespace seep::analysis

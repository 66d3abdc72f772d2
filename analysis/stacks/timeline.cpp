// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/timeline.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "storage/model/heap_window.h"

namespace seep::analysis {

using model::StackPoint;
using model::SurvivorBin;

Timeline::Timeline(const model::StackHistory& history) : history_(&history) {
  const std::vector<StackPoint>& points = history.points;
  states_.resize(points.size());
  double scale = 1;  // of a sample of that time, in samples of today
  for (size_t i = points.size(); i-- > 0;) {
    const StackPoint before = i > 0 ? points[i - 1] : StackPoint{};
    const auto live = static_cast<double>(points[i].live_samples);
    const auto thinned = std::max(0.0, static_cast<double>(points[i].thinned_samples) -
                                           static_cast<double>(before.thinned_samples));
    states_[i].t_s = points[i].t_s;
    states_[i].live = scale * live;
    states_[i].settled = scale * static_cast<double>(points[i].settled_samples);
    states_[i].least = scale * static_cast<double>(points[i].least_live_samples);
    states_[i].born = scale * std::max(0.0, static_cast<double>(points[i].alloc_samples) -
                                                static_cast<double>(before.alloc_samples));
    // Of the blocks that were in the table when it was thinned, these stayed.
    if (thinned > 0) scale *= live / (live + thinned);
  }
  for (size_t i = 1; i < states_.size(); ++i) states_[i].born += states_[i - 1].born;
}

Timeline::State Timeline::At(double t_s) const {
  const auto after = std::upper_bound(states_.begin(), states_.end(), t_s,
                                      [](double t, const State& state) { return t < state.t_s; });
  return after == states_.begin() ? State{} : *(after - 1);
}

double Timeline::LeastLive(double from_s, double to_s) const {
  double least = At(from_s).live;
  for (const State& state : states_) {
    if (state.t_s > from_s && state.t_s <= to_s) least = std::min(least, state.least);
  }
  return least;
}

Timeline::Survivors Timeline::BornIn(double from_s, double to_s) const {
  Survivors born;
  for (const SurvivorBin& bin : history_->survivors) {
    const double length_s = bin.born_to_s - bin.born_from_s;
    const double inside_s = std::min(bin.born_to_s, to_s) - std::max(bin.born_from_s, from_s);
    if (!(length_s > 0) || !(inside_s > 0)) continue;
    const double share = std::min(1.0, inside_s / length_s);
    born.samples += share * static_cast<double>(bin.samples);
    born.bytes += share * bin.bytes;
    born.variance += share * bin.variance;
  }
  return born;
}

double Timeline::SettledBefore(double t_s) const {
  return t_s - model::SettledAge(t_s - history_->observed_from_s);
}

double Timeline::WindowBegin(double t_s, double end_s) const {
  const double begin_s = history_->observed_from_s;
  const double length_s = model::WindowLength(std::max(0.0, end_s - begin_s));
  return begin_s + length_s * std::floor((t_s - begin_s) / length_s);
}

StackPoint PointAt(const model::StackHistory& history, double t_s) {
  const auto after =
      std::upper_bound(history.points.begin(), history.points.end(), t_s,
                       [](double t, const StackPoint& point) { return t < point.t_s; });
  return after == history.points.begin() ? StackPoint{} : *(after - 1);
}

}  // namespace seep::analysis

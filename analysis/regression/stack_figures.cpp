// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_figures.h"

#include <algorithm>
#include <cmath>

#include "analysis/stats/distributions.h"

namespace seep::analysis {
namespace {

constexpr double kPriorScatter = 0.02;  // of the figure, between runs of one build
constexpr double kMomentScatter = 0.2;  // of live bytes that are turned over
constexpr double kPriorRuns = 4;        // degrees of freedom that this is worth
constexpr double kOneSided95 = 1.645;   // standard errors, of growth_low

struct Estimate {
  double value = 0;
  double sampling = 0;  // variance
  double arrivals = 0;  // variance by what comes and goes, to begin with
};

double Square(double x) {
  return x * x;
}

// Both variances are those under no change, or its own where that is more: a side on which nothing
// was sampled knows as little as the other.
void Pool(std::vector<Estimate>& runs) {
  Estimate mean;
  for (const Estimate& run : runs) {
    mean.sampling += run.sampling / static_cast<double>(runs.size());
    mean.arrivals += run.arrivals / static_cast<double>(runs.size());
  }
  for (Estimate& run : runs) {
    run.sampling = std::max(run.sampling, mean.sampling);
    run.arrivals = std::max(run.arrivals, mean.arrivals);
  }
}

// The run is the last.
FigureChange Compare(std::vector<Estimate> runs) {
  Pool(runs);
  const Estimate run = runs.back();
  runs.pop_back();
  const auto count = static_cast<double>(runs.size());
  FigureChange change;
  change.value = run.value;
  Estimate mean;
  for (const Estimate& other : runs) {
    mean.value += other.value / count;
    mean.sampling += other.sampling / count;
    mean.arrivals += other.arrivals / count;
  }
  change.base = mean.value;
  double squares = 0;
  for (const Estimate& other : runs) squares += Square(other.value - mean.value);
  const double excess = std::max(0.0, squares - (count - 1) * mean.sampling);
  const double prior = Square(kPriorScatter * std::max(mean.value, run.value)) +
                       std::max(mean.arrivals, run.arrivals);
  const double degrees = kPriorRuns + count - 1;
  const double scatter = (kPriorRuns * prior + excess) / degrees * (1 + 1 / count);
  const double variance = run.sampling + mean.sampling / count + scatter;
  if (!(variance > 0)) return change;
  change.standard_error = std::sqrt(variance);
  constexpr double kMostDegrees = 1e6;  // a normal distribution
  change.degrees = std::min(degrees * Square(variance / scatter), kMostDegrees);
  const double t = change.difference() / change.standard_error;
  change.p_more = StudentTUpperTail(t, change.degrees);
  change.p_less = StudentTUpperTail(-t, change.degrees);
  return change;
}

const StackFigures& Of(const StackGroup* group, size_t run) {
  static constexpr StackFigures kNothing;
  return group != nullptr ? group->runs[run] : kNothing;
}

struct Observation {
  StackFigures figures;
  Exposure exposure;
};

// A sample stands for so many bytes on average, an object has so many: the variance of a sum of n
// of them is n times their square. Both as in all runs together, as single runs may have none.
FigureChange CompareAllocated(const std::vector<Observation>& all) {
  StackFigures sum;
  double exposure = 0;
  for (const Observation& one : all) {
    sum.alloc_bytes += one.figures.alloc_bytes;
    sum.alloc_objects += one.figures.alloc_objects;
    sum.alloc_samples += one.figures.alloc_samples;
    exposure += one.exposure.units;
  }
  if (sum.alloc_samples <= 0) return {};
  const double sample_bytes = sum.alloc_bytes / sum.alloc_samples;
  const double object_bytes =
      sum.alloc_objects > 0 ? std::min(sum.alloc_bytes / sum.alloc_objects, sample_bytes) : 0;
  std::vector<Estimate> runs;
  for (const Observation& one : all) {
    const double value = one.figures.alloc_bytes / one.exposure.units;
    const double bytes = std::max(value, sum.alloc_bytes / exposure) / one.exposure.units;
    runs.push_back({value, (sample_bytes - object_bytes) * bytes, object_bytes * bytes});
  }
  return Compare(std::move(runs));
}

// The end is one moment of what comes and goes: objects do at random, and a fifth of what was
// turned over since warm-up is taken for the scatter of buffers that fill up and are emptied. What
// is kept from the start on does not scatter so.
FigureChange CompareLive(const std::vector<Observation>& all) {
  std::vector<Estimate> runs;
  for (const Observation& one : all) {
    const StackFigures& figures = one.figures;
    Estimate estimate{figures.live_bytes, figures.live_variance, 0};
    if (figures.live_objects > 0 && figures.live_bytes > 0) {
      const double turned_over = std::min(1.0, figures.alloc_bytes / figures.live_bytes);
      estimate.arrivals = turned_over * Square(figures.live_bytes) / figures.live_objects +
                          Square(kMomentScatter * turned_over * figures.live_bytes);
    }
    runs.push_back(estimate);
  }
  return Compare(std::move(runs));
}

// Of those runs in which it was found to grow: 0 in the others says that it was not proved, not
// that there was none.
FigureChange CompareGrowth(const std::vector<Observation>& all) {
  const auto estimate = [](const Observation& one) {
    const double per_unit = one.exposure.hours / one.exposure.units;
    const double value = one.figures.growth_per_hour * per_unit;
    const double low = one.figures.growth_low * per_unit;
    return Estimate{value, Square((value - low) / kOneSided95), 0};
  };
  std::vector<Estimate> runs;
  for (size_t i = 0; i + 1 < all.size(); ++i) {
    if (all[i].figures.growth_low > 0) runs.push_back(estimate(all[i]));
  }
  if (runs.empty()) runs.push_back({});
  runs.push_back(estimate(all.back()));
  return Compare(std::move(runs));
}

}  // namespace

double FigureChange::Reach() const {
  return standard_error > 0 ? StudentTQuantile(0.975, degrees) * standard_error : 0;
}

FigureChanges CompareFigures(const StackGroup* base, const StackGroup* run,
                             std::span<const Exposure> exposures) {
  std::vector<Observation> all;
  for (size_t i = 0; i + 1 < exposures.size(); ++i) all.push_back({Of(base, i), exposures[i]});
  all.push_back({Of(run, 0), exposures.back()});
  FigureChanges changes;
  changes[kAllocated] = CompareAllocated(all);
  changes[kLive] = CompareLive(all);
  changes[kGrowth] = CompareGrowth(all);
  return changes;
}

}  // namespace seep::analysis

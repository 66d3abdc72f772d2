// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/explained.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "storage/model/series.h"

namespace seep::analysis {
namespace {

namespace metric = model::metric;

constexpr double kDeviate95 = 1.645;       // one-sided
constexpr double kDeviateInterval = 1.96;  // of the two sides of a series' interval
// A slope is fitted and the growth of stacks is counted: they differ by so much without a cause.
constexpr double kSmallRest = 0.1;

// Growth per hour of stacks that are suppressed, its variance, and the one that grows most.
struct Growth {
  double value = 0;
  double variance = 0;
  const model::StackVerdict* largest = nullptr;
};

void Add(const std::vector<model::StackVerdict>& stacks, const model::SeriesVerdict& series,
         model::StackKind kind, Growth& growth) {
  const bool is_of_service = series.target == model::TargetId{};
  for (const model::StackVerdict& stack : stacks) {
    const bool is_its = is_of_service || stack.target == series.target;
    if (!stack.suppressed_by || !is_its || stack.kind != kind) continue;
    growth.value += stack.growth_bytes_per_hour;
    const double error = (stack.growth_bytes_per_hour - stack.ci_low) / kDeviate95;
    growth.variance += error * error;
    const bool is_larger = growth.largest == nullptr ||
                           stack.growth_bytes_per_hour > growth.largest->growth_bytes_per_hour;
    if (is_larger) growth.largest = &stack;
  }
}

Growth SuppressedGrowth(const model::Verdict& verdict, const model::SeriesVerdict& series,
                        model::StackKind kind) {
  Growth growth;
  Add(verdict.stacks, series, kind, growth);
  Add(verdict.small_stacks, series, kind, growth);
  return growth;
}

double PartSlope(const model::Verdict& verdict, std::string_view name) {
  for (const model::AttributionPart& part : verdict.attribution) {
    if (part.name == name) return part.slope_per_hour;
  }
  return 0;
}

// A block costs its allocator more than its size, and blocks that stay leave holes between them:
// that slack is theirs, as far as they make the growth of the heap.
double SlackOf(const model::Verdict& verdict, const model::SeriesVerdict& series, double heap) {
  if (series.target != verdict.attributed_target) return 0;
  const double live = PartSlope(verdict, model::part::kHeapLive);
  const double slack = PartSlope(verdict, model::part::kAllocatorSlack);
  if (!(live > 0) || !(slack > 0)) return 0;
  return slack * std::clamp(heap / live, 0.0, 1.0);
}

// The suppression that covers most of the growth of a memory series; nothing when those of all
// stacks leave too much of it.
std::optional<size_t> ExplainedBy(const model::Verdict& verdict,
                                  const model::SeriesVerdict& series) {
  const Growth heap = SuppressedGrowth(verdict, series, model::StackKind::kHeap);
  const Growth mapped = SuppressedGrowth(verdict, series, model::StackKind::kMapping);
  Growth known;
  if (series.metric == metric::kHeapLive) {
    known = heap;
  } else if (series.metric == metric::kMappedLive) {
    known = mapped;
  } else if (series.metric == metric::kRssSwap) {
    known = {heap.value + mapped.value + SlackOf(verdict, series, heap.value),
             heap.variance + mapped.variance,
             heap.value > mapped.value ? heap.largest : mapped.largest};
  }
  if (known.largest == nullptr) return std::nullopt;
  const double error = (series.ci_high - series.ci_low) / (2 * kDeviateInterval);
  const double rest = series.slope_per_hour - known.value;
  const double uncertain = kDeviate95 * std::sqrt(error * error + known.variance);
  const bool is_all = rest <= std::max(kSmallRest * series.slope_per_hour, uncertain);
  return is_all ? known.largest->suppressed_by : std::nullopt;
}

}  // namespace

void MarkExplained(model::Verdict& verdict) {
  for (std::vector<model::SeriesVerdict>* all : {&verdict.series, &verdict.service}) {
    for (model::SeriesVerdict& series : *all) {
      if (!series.is_finding || series.suppressed_by || series.drift) continue;
      series.suppressed_by = ExplainedBy(verdict, series);
    }
  }
}

}  // namespace seep::analysis

// SPDX-License-Identifier: Apache-2.0
// seep_stack_*: the stacks of a target that grow most, by fingerprint.
#include <algorithm>

#include "agent/serve/label.h"
#include "agent/serve/metric_families.h"

namespace seep::serve {
namespace {

constexpr char kGrowth[] = "seep_stack_growth_bytes_per_second";
constexpr char kGrowthHelp[] = "Growth of what one stack holds";
constexpr char kLow[] = "seep_stack_growth_lower_bound_bytes_per_second";
constexpr char kLowHelp[] = "One-sided 95 % lower bound of the growth";
constexpr char kLive[] = "seep_stack_live_bytes";
constexpr char kLiveHelp[] = "Bytes in use that one stack has allocated";

Labels WithStack(const Labels& target_labels, std::string fingerprint, std::string function) {
  Labels labels = target_labels;
  labels.push_back({"fingerprint", std::move(fingerprint)});
  labels.push_back({"function", std::move(function)});
  return labels;
}

}  // namespace

void AddStackFamilies(const TargetState& target, const Labels& target_labels, FamilySet& families) {
  std::vector<const GrowingStack*> stacks;
  for (const GrowingStack& stack : target.stacks) stacks.push_back(&stack);
  const auto shown = std::min(stacks.size(), kMostStacks);
  // By the growth that is certain; equal ones by fingerprint, so that the choice stays the same.
  std::ranges::partial_sort(stacks, stacks.begin() + static_cast<ptrdiff_t>(shown),
                            [](const GrowingStack* a, const GrowingStack* b) {
                              if (a->growth_low_bytes_per_hour != b->growth_low_bytes_per_hour) {
                                return a->growth_low_bytes_per_hour > b->growth_low_bytes_per_hour;
                              }
                              return a->fingerprint < b->fingerprint;
                            });
  for (size_t i = 0; i < shown; i++) {
    const GrowingStack& stack = *stacks[i];
    const Labels labels =
        WithStack(target_labels, LabelValue(stack.fingerprint), FunctionLabel(stack.function));
    families.Gauge(kGrowth, kGrowthHelp, labels, stack.growth_bytes_per_hour / 3600);
    families.Gauge(kLow, kLowHelp, labels, stack.growth_low_bytes_per_hour / 3600);
    families.Gauge(kLive, kLiveHelp, labels, stack.live_bytes);
  }
  if (stacks.size() <= shown) return;
  double growth = 0;
  double live = 0;
  for (size_t i = shown; i < stacks.size(); i++) {
    growth += stacks[i]->growth_bytes_per_hour;
    live += stacks[i]->live_bytes;
  }
  AddOtherStacks(growth, live, target_labels, families);
}

void AddOtherStacks(double growth_bytes_per_hour, double live_bytes, const Labels& target_labels,
                    FamilySet& families) {
  const Labels labels = WithStack(target_labels, kOther, "");
  families.Gauge(kGrowth, kGrowthHelp, labels, growth_bytes_per_hour / 3600);
  families.Gauge(kLive, kLiveHelp, labels, live_bytes);
}

}  // namespace seep::serve

// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/stack_figure.h"

#include <algorithm>
#include <regex>
#include <string>

#include "analysis/policy/stack_identity.h"

namespace seep::analysis {
namespace {

// std::regex needs stack for each character: of hostile names the begin must do.
constexpr size_t kMostCharacters = 1000;

bool IsCalledThrough(const model::StackSummary& stack, const std::regex& function) {
  return std::ranges::any_of(stack.frames, [&](const model::SourceFrame& frame) {
    return std::regex_search(frame.function.substr(0, kMostCharacters), function);
  });
}

}  // namespace

std::optional<Figure> MeasureStacks(const model::PolicyLimit& limit, const model::RunSummary& run,
                                    double detectable_per_hour) {
  if (run.stacks.empty()) return std::nullopt;
  const std::regex function(limit.function);  // ReadPolicy refused what is none
  Figure figure;
  for (const model::StackSummary& stack : run.stacks) {
    const bool is_named = limit.fingerprint.empty()
                              ? IsCalledThrough(stack, function)
                              : HasFingerprint(stack.frames, limit.fingerprint);
    if (!is_named) continue;
    if (limit.feature == model::kStackLive) {
      figure.value += stack.live_bytes;
    } else {
      figure.value += stack.growth_bytes_per_hour;
      figure.low += stack.growth_low;
    }
  }
  if (limit.feature == model::kStackLive) {
    // Held to its limit as it was measured, like the level of the heap.
    figure.low = figure.high = figure.value;
  } else {
    figure.high = std::max(2 * figure.value - figure.low, detectable_per_hour);
  }
  return figure;
}

}  // namespace seep::analysis

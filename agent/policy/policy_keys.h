// SPDX-License-Identifier: Apache-2.0
// What a policy file calls the figures of a run (docs/policy.md), and which of them there are.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seep::agent {

enum class Bound {
  kMost,
  kLeast,
  kMostChange,  // against the baseline
};

// A key of [limits] or [relative].
struct LimitKey {
  std::string_view name;
  std::string_view feature;  // analysis/regression/feature_kinds.h
  Bound bound;
};
std::span<const LimitKey> LimitKeys();
std::span<const LimitKey> RelativeKeys();

// Series that can grow or drift, and features: what a suppression may name.
std::vector<std::string> SuppressibleMetrics();

// The one of `known` that is nearest to what was written, by Levenshtein's distance; empty when
// none is near.
std::string Nearest(std::string_view written, const std::vector<std::string>& known);

}  // namespace seep::agent

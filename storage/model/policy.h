// SPDX-License-Identifier: Apache-2.0
// What a team allows (limits) and what it knows of and tolerates for a time (suppressions), as a
// policy file says it, and what came of it for one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seep::model {

struct PolicyLimit {
  std::string name;     // of the rule, as people call it
  int line = 0;         // in the file
  std::string feature;  // of RunFeature; of stacks kStackGrowth or kStackLive
  // Each as far as it is set. Absolute ones in the unit of the feature; relative ones are shares of
  // the baseline: 0.1 allows a tenth more (or less, where less is worse).
  std::optional<double> most;
  std::optional<double> least;
  std::optional<double> most_change;
  // Of stacks: one by its fingerprint, or together all that a function is in the path of.
  std::string fingerprint{};
  std::string function{};  // regular expression (ECMAScript), found anywhere in its name
};
inline constexpr char kStackGrowth[] = "stack.growth_per_hour";  // bytes
inline constexpr char kStackLive[] = "stack.live";               // bytes, at the end

// Growth, or a regression, that is known. Outgrown or expired it is none.
struct Suppression {
  int line = 0;
  std::string fingerprint;  // of a stack; or
  std::string metric;       // of a series or feature
  std::string reason;
  std::string owner;
  int64_t expires_at_ns = 0;            // the day it is not valid any more begins then, UTC
  std::optional<double> rate_per_hour;  // bytes, or the unit of the metric: faster is not covered
};

struct Policy {
  std::string file;
  std::vector<PolicyLimit> limits;
  std::vector<Suppression> suppressions;
};

enum class LimitState { kHeld, kBroken, kUnknown };  // unknown: not measured, never a pass
const char* ToString(LimitState state);              // "held", "broken", "unknown"

struct LimitResult {
  PolicyLimit limit;
  LimitState state = LimitState::kUnknown;
  std::string unit;
  std::optional<double> value;  // that was measured
  std::optional<double> base;   // of the baseline, where the limit is relative
  std::string explanation;      // one line for people
};

enum class SuppressionState { kUsed, kUnused, kExpired, kOutgrown };
const char* ToString(SuppressionState state);  // "used", "unused", "expired", "outgrown"

struct SuppressionResult {
  Suppression suppression;
  SuppressionState state = SuppressionState::kUnused;
  double rate_per_hour = 0;  // that was measured
  std::string explanation;
};

struct PolicyVerdict {
  std::string file;
  std::vector<LimitResult> limits;
  std::vector<SuppressionResult> suppressions;
};

}  // namespace seep::model

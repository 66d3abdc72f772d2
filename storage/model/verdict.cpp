// SPDX-License-Identifier: Apache-2.0
#include "storage/model/verdict.h"

namespace seep::model {

const char* ToString(GrowthClass growth_class) {
  switch (growth_class) {
    case GrowthClass::kInsufficientData:
      return "insufficient data";
    case GrowthClass::kStable:
      return "stable";
    case GrowthClass::kPeriodic:
      return "periodic";
    case GrowthClass::kStep:
      return "step";
    case GrowthClass::kWarmUp:
      return "warm-up";
    case GrowthClass::kLoadProportional:
      return "follows load";
    case GrowthClass::kRatchet:
      return "ratchet";
    case GrowthClass::kGrowth:
      return "growth";
    case GrowthClass::kStaircase:
      return "staircase";
    case GrowthClass::kDeclining:
      return "declining";
    case GrowthClass::kDrift:
      return "drift";
  }
  return "unknown";
}

std::optional<GrowthClass> ParseGrowthClass(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(GrowthClass::kDrift); ++i) {
    const auto growth_class = static_cast<GrowthClass>(i);
    if (text == ToString(growth_class)) return growth_class;
  }
  return std::nullopt;
}

const char* ToString(StackLevel level) {
  switch (level) {
    case StackLevel::kStack:
      return "stack";
    case StackLevel::kSite:
      return "site";
    case StackLevel::kFunction:
      return "function";
  }
  return "unknown";
}

const char* ToString(AgePattern pattern) {
  switch (pattern) {
    case AgePattern::kTooFew:
      return "too few";
    case AgePattern::kStartUp:
      return "start-up";
    case AgePattern::kYoung:
      return "young";
    case AgePattern::kSpread:
      return "spread";
    case AgePattern::kMixed:
      return "mixed";
  }
  return "unknown";
}

}  // namespace seep::model

// SPDX-License-Identifier: Apache-2.0
#include "storage/model/policy.h"

namespace seep::model {

const char* ToString(LimitState state) {
  switch (state) {
    case LimitState::kHeld:
      return "held";
    case LimitState::kBroken:
      return "broken";
    case LimitState::kUnknown:
      break;
  }
  return "unknown";
}

const char* ToString(SuppressionState state) {
  switch (state) {
    case SuppressionState::kUsed:
      return "used";
    case SuppressionState::kUnused:
      return "unused";
    case SuppressionState::kExpired:
      return "expired";
    case SuppressionState::kOutgrown:
      return "outgrown";
  }
  return "unknown";
}

}  // namespace seep::model

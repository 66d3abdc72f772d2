// SPDX-License-Identifier: Apache-2.0
#include "storage/model/comparison.h"

namespace seep::model {

const char* ToString(ChangeClass change) {
  switch (change) {
    case ChangeClass::kSame:
      return "same";
    case ChangeClass::kRegressed:
      return "regressed";
    case ChangeClass::kProvisional:
      return "provisional";
    case ChangeClass::kImproved:
      return "improved";
    case ChangeClass::kUnknown:
      break;
  }
  return "unknown";
}

const char* ToString(StackChangeClass change) {
  switch (change) {
    case StackChangeClass::kSame:
      return "same";
    case StackChangeClass::kNew:
      return "new";
    case StackChangeClass::kGrown:
      return "grown";
    case StackChangeClass::kShrunk:
      return "shrunk";
    case StackChangeClass::kGone:
      return "gone";
    case StackChangeClass::kMoved:
      return "moved";
  }
  return "unknown";
}

}  // namespace seep::model
